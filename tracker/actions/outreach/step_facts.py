"""What the steps of sequences are decided from: the email of each lead, and what the lead did. One query for each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.domain.activity.event import EventKind
from tracker.domain.mail.message import MessageBrief, MessageState
from tracker.domain.outreach.sequence import Enrolment, SequenceStep, StepTest
from tracker.domain.outreach.sequence import Sequence as FollowUp
from tracker.domain.team.rep import Rep
from tracker.rules.outreach.progress import emails_of, next_step
from tracker.rules.outreach.step_times import StepFacts
from tracker.store.merged_ids import as_asked


@dataclass(frozen=True, slots=True)
class LeadMail:
    """The email of one lead, as far as its sequence is concerned."""

    messages: tuple[MessageBrief, ...]
    """All of the lead."""
    own: tuple[MessageBrief, ...]
    """Those of the sequence, oldest first."""
    failure: str
    """Why the last one of the sequence failed; empty: it did not."""
    facts: StepFacts

    def waits_for_first(self, step: SequenceStep) -> bool:
        """Whether the step answers an email that is not sent yet."""
        return step.is_answer and bool(self.own) and self.own[0].sent_at is None and self.own[0].state is not MessageState.FAILED

    def first_of(self, sender: Rep) -> str | None:
        """The first email of the sequence, if this rep sent it."""
        first = self.own[0] if self.own else None
        return first.id if first and first.sent_at is not None and first.rep == sender.id else None


def load_lead_mail(deps: Deps, workspace: str, found: Sequence[Enrolment], sequences: Mapping[str, FollowUp]) -> dict[str, LeadMail]:
    """By enrolment."""
    here = deps.store.of(workspace)
    by_lead: dict[str, list[MessageBrief]] = {}
    kept = here.leads.kept_ids({one.lead for one in found})
    leads = sorted(set(kept.values()))
    ids = here.leads.ids_with_merged(leads)
    for brief in as_asked(here.messages.briefs_of_leads(leads), ids):
        by_lead.setdefault(brief.lead, []).append(brief)
    views = _views(deps, workspace, found, sequences, ids)
    made = {}
    for one in found:
        messages, sequence = by_lead.get(kept[one.lead], []), sequences.get(one.sequence)
        known = {brief.id: brief for brief in messages}
        own = [known[key] for key in (emails_of(sequence, one) if sequence else ()) if key in known]
        failed = own[-1] if own and own[-1].state in (MessageState.FAILED, MessageState.DRAFT) else None
        reason = (here.messages.get(failed.id).error or "The email was cancelled") if failed else ""
        made[one.id] = LeadMail(tuple(messages), tuple(own), reason, _facts(own, views.get(kept[one.lead], ())))
    return made


def _facts(own: Sequence[MessageBrief], views: Sequence[tuple[datetime, str]]) -> StepFacts:
    if not own:
        return StepFacts(views=tuple(views))
    last = own[-1]
    return StepFacts(
        has_email=True,
        sent_at=last.sent_at,
        has_pixel=last.are_opens_tracked,
        opened_at=last.reaction.opened_at,
        clicked_at=last.reaction.clicked_at,
        views=tuple(views),
    )


def _views(
    deps: Deps, workspace: str, found: Sequence[Enrolment], sequences: Mapping[str, FollowUp], ids: Mapping[str, str]
) -> dict[str, list[tuple[datetime, str]]]:
    """The pages that leads viewed since their last step, of those whose next step asks for it. `ids`: of merged leads, which is kept."""
    since: dict[str, datetime] = {}
    for one in found:
        step = next_step(sequences[one.sequence], one) if one.sequence in sequences else None
        if step is not None and step.test is StepTest.VIEWED:
            lead = ids.get(one.lead, one.lead)
            since[lead] = min(one.counted_from, since.get(lead, one.counted_from))
    seen: dict[str, list[tuple[datetime, str]]] = {}
    starts = {other: since[lead] for other, lead in ids.items() if lead in since}
    for event in deps.store.of(workspace).events.of_leads_since(starts, (EventKind.VIEW,)) if starts else ():
        if event.stands and not event.reader and event.lead and event.url:
            seen.setdefault(ids[event.lead], []).append((event.at, event.url))
    return seen
