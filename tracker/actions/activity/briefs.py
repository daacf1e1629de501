"""The brief of a lead: loads what it is made of. Used by console, API, assistants and the notifier."""

from tracker.actions.deps import Deps
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.score import QUADRANT_NAMES
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.brief import PERIOD, Brief, BriefFacts, brief_of
from tracker.rules.mail.proposals import proposals_of

_MOST_EVENTS, _MOST_VISITS, _MOST_INQUIRIES = 200, 50, 20


def brief(deps: Deps, workspace: Workspace, lead: Lead) -> Brief:
    """The brief of a lead as things are now. Events of other readers, imported and automatic ones are left out."""
    store, now = deps.store.of(workspace.id), deps.now()
    latest = store.events.latest_of_lead(lead.id, limit=_MOST_EVENTS)
    kept = [event for event in latest if event.at >= now - PERIOD and event.stands and not event.is_imported and not event.reader]
    messages = store.messages.briefs({event.message for event in kept if event.message})
    inquiries = store.inquiries.of_lead(lead.id, limit=_MOST_INQUIRIES)
    owner = store.reps.find(lead.owner) if lead.owner else None
    stage = workspace.stage(lead.stage)
    return brief_of(
        BriefFacts(
            lead=lead,
            stage=workspace.stage_name(lead.stage),
            owner=owner.name if owner else None,
            quadrant=QUADRANT_NAMES.get(lead.derived.quadrant, "") if stage is None or stage.kind == "open" else "",
            events=kept[::-1],
            subjects={message.id: message.subject for message in messages.values()},
            proposals=proposals_of(messages.values(), workspace.policy.proposal_words),
            dwells=store.dwell.of((event.visitor, event.page) for event in kept if event.visitor and event.page),
            visits=sum(visit.ended_at >= now - PERIOD for visit in store.visits.of_lead(lead.id, limit=_MOST_VISITS)),
            inquiry=min((one for one in inquiries if one.is_open), key=lambda one: one.at, default=None),
            policy=workspace.policy,
            zone=workspace.timezone,
            now=now,
        )
    )
