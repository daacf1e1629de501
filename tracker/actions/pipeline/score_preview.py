"""The preview of scoring rules: what they would change on today's leads, before they are saved. Decides with the function that scores."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.score import DayFacts, Score
from tracker.domain.workspace.scoring import OwnScoringRule
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.daily_facts import facts_of, first_day
from tracker.rules.scoring.own_events import kind_of
from tracker.rules.scoring.score import score_of
from tracker.rules.scoring.score_book import book_of
from tracker.rules.visibility import Viewer, may_see
from tracker.store.merged_ids import as_asked
from tracker.store.pipeline.automation_leads import AutomationLeads

MOST_LEADS = 2_000
_AT_ONCE = 200
_LARGEST = 10


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """One lead by the present and by the proposed rules."""

    lead: Lead
    before: Score
    after: Score

    @property
    def points(self) -> int:
        """The difference."""
        return self.after.total - self.before.total


@dataclass(frozen=True, slots=True)
class ScorePreview:
    """What would change."""

    leads: int
    """How many were looked at."""
    changed: int
    """How many would have another score."""
    moved: Mapping[tuple[str, str], int]
    """How many would move from one quadrant to another, most first."""
    largest: tuple[ScoreChange, ...]
    is_partial: bool
    """Whether there are more leads than `MOST_LEADS`, of which the newest were looked at."""


def preview_scores(deps: Deps, viewer: Viewer, proposal: Workspace) -> ScorePreview:
    """Compares the rules of the viewer's workspace with those of `proposal`, on leads that the viewer sees and that are not archived."""
    here, now = viewer.workspace, deps.now()
    keys = AutomationLeads(deps.store.database, here.id).newest(MOST_LEADS + 1)
    changes: list[ScoreChange] = []
    for first in range(0, min(len(keys), MOST_LEADS), _AT_ONCE):
        changes += _compared(deps, viewer, proposal, keys[first : min(first + _AT_ONCE, MOST_LEADS)], now)
    moved = Counter((one.before.quadrant, one.after.quadrant) for one in changes if one.before.quadrant != one.after.quadrant)
    changed = [one for one in changes if one.points]
    largest = sorted(changed, key=lambda one: (-abs(one.points), one.lead.name.casefold(), one.lead.id))[:_LARGEST]
    return ScorePreview(len(changes), len(changed), dict(moved.most_common()), tuple(largest), len(keys) > MOST_LEADS)


def _compared(deps: Deps, viewer: Viewer, proposal: Workspace, keys: Sequence[str], now: datetime) -> list[ScoreChange]:
    here, workspace = deps.store.of(viewer.workspace.id), viewer.workspace
    leads = {key: lead for key, lead in here.leads.by_ids(keys).items() if may_see(viewer, lead)}
    facts, companies = here.facts.of_leads(leads), here.companies.by_ids({lead.company_id for lead in leads.values() if lead.company_id})
    messages: dict[str, list[MessageBrief]] = {}
    ids = here.leads.ids_with_merged(leads)
    for message in as_asked(here.messages.briefs_of_leads(leads), ids):
        if message.lead and (message.sent_at is None or message.sent_at <= now):
            messages.setdefault(message.lead, []).append(message)
    more = _new_facts(deps, workspace, proposal, ids, now)
    found = []
    for key, lead in leads.items():
        company: Company | None = companies.get(lead.company_id or "")
        before = score_of(lead, company, facts[key], messages.get(key, []), workspace, now)
        after = score_of(lead, company, _with(facts[key], more.get(key, ())), messages.get(key, []), proposal, now)
        found.append(ScoreChange(lead, before, after))
    return found


def _new_facts(deps: Deps, workspace: Workspace, proposal: Workspace, ids: Mapping[str, str], now: datetime) -> dict[str, list[DayFacts]]:
    """The day facts of rules that are new, which stored days do not have; as far back as they matter, and not of sealed days.

    `ids` are those of the leads and of leads that were merged with them.
    """
    new = _new_rules(workspace, proposal)
    if not new or not ids:
        return {}
    since = max(filter(None, (workspace.sealed_before, now - book_of(proposal).memory)))
    zone = zone_of(workspace.timezone)
    first, names = first_day(workspace, zone), {rule.id for rule in new}
    events: dict[str, list[Event]] = {}
    for event in deps.store.of(workspace.id).events.of_leads_since(dict.fromkeys(ids, since)):
        if event.lead and not event.is_imported and event.at <= now:
            events.setdefault(ids[event.lead], []).append(event)
    found = {}
    for lead, own in events.items():
        days = facts_of(lead, own, zone, workspace.policy, first, new)
        found[lead] = [
            DayFacts(lead=lead, day=day.day, counts={name: count for name, count in day.counts.items() if name in names}) for day in days
        ]
    return found


def _new_rules(workspace: Workspace, proposal: Workspace) -> list[OwnScoringRule]:
    known = {rule.id for rule in workspace.own_rules}
    return [rule for rule in proposal.own_rules if rule.id not in known and kind_of(rule)]


def _with(days: Sequence[DayFacts], more: Sequence[DayFacts]) -> list[DayFacts]:
    added = {day.day: day for day in more}
    found = [
        DayFacts(lead=day.lead, day=day.day, counts=day.counts | added.pop(day.day).counts) if day.day in added else day for day in days
    ]
    return sorted([*found, *added.values()], key=lambda day: day.day)
