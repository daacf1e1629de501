"""Scores on request: a lead's score with its ledger, now or at an earlier moment; recomputing all of them after rules changed."""

from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.score import DayFacts, Score
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.daily_facts import day_of, facts_of, first_day
from tracker.rules.scoring.score import score_of
from tracker.rules.scoring.score_book import book_of
from tracker.rules.verdicts.first import RECORDED
from tracker.store.pipeline.automation_leads import SEEN, AutomationLeads

_AT_ONCE = 500
_DAY = timedelta(days=1)
_BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
MOST_LEFT = 20_000
_LOOK_BACK = 7 * _DAY
"""For how long the schedule may have stood still."""
_MOST_INACTIVE = 2_000


def score(deps: Deps, workspace: str, lead: str, as_of: datetime | None = None) -> Score:
    """The lead's score with its ledger, now or at an earlier moment. Raises NotFound."""
    moment = as_of or deps.now()
    store, home = deps.store.of(workspace), deps.store.workspaces.get(workspace)
    found = store.leads.get(lead)
    company = store.companies.find(found.company_id) if found.company_id else None
    days = store.facts.of_leads([lead])[lead]
    messages = [m for m in store.messages.briefs_of_leads([lead]) if m.sent_at is None or m.sent_at <= moment]
    zone = zone_of(home.timezone)
    today = day_of(moment, zone, first_day(home, zone))
    if as_of and any(count.last_at > moment for day in days if day.day == today for count in day.counts.values()):
        days = [*(d for d in days if d.day < today), *_part_of_day(deps, workspace, lead, moment)]
    return score_of(found, company, days, messages, home, moment)


def _part_of_day(deps: Deps, workspace: str, lead: str, moment: datetime) -> list[DayFacts]:
    """The facts of the local day of the moment, up to the moment, from its events."""
    home = deps.store.workspaces.get(workspace)
    zone = zone_of(home.timezone)
    first, start = first_day(home, zone), moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if home.sealed_before and day_of(start, zone, first) == first:
        start = home.sealed_before
    here = deps.store.of(workspace)
    events = here.events.of_leads_since(dict.fromkeys(here.leads.ids_with_merged([lead]), start))
    return facts_of(lead, (event for event in events if event.at <= moment), zone, home.policy, first, home.own_rules)


def rescore(deps: Deps, workspace: str) -> int:
    """Marks every lead to be recomputed from all its events, in the bulk queue. Returns the number of leads."""
    leads = deps.store.of(workspace).leads.all_ids()
    deps.store.dirty.mark_many([(workspace, "lead", lead, _BEGINNING) for lead in leads], queue="bulk")
    deps.store.dirty.unpark(workspace)
    deps.wake.bulk()
    return len(leads)


def leads_to_rescore(deps: Deps, workspace: str) -> int:
    """How many leads still wait after `rescore`, `MOST_LEFT` at most."""
    return deps.store.dirty.leads_left(workspace, _BEGINNING, limit=MOST_LEFT)


def inactive_leads(deps: Deps, workspace: Workspace, now: datetime) -> list[str]:
    """The leads for whom the time of a rule about inactivity has come since they were last scored, in the last days."""
    here, seen = deps.store.of(workspace.id), AutomationLeads(deps.store.database, workspace.id)
    found: list[str] = []
    for days in {rule.days for rule in book_of(workspace).inactive}:
        edge = now - days * _DAY
        leads = here.leads.by_ids(seen.timed(SEEN, edge - _LOOK_BACK, edge, limit=_MOST_INACTIVE))
        found += [key for key, lead in leads.items() if _is_scored_before(lead, days * _DAY)]
    return list(dict.fromkeys(found))


def _is_scored_before(lead: Lead, span: timedelta) -> bool:
    at, seen = lead.derived.scored_at, lead.derived.last_seen_at
    return seen is not None and (at is None or at < seen + span)


def reclassify(deps: Deps, workspace: str) -> int:
    """Marks every lead and browser, so that the workers decide all verdicts again, in the bulk queue. Returns how many were marked."""
    store, home = deps.store.of(workspace), deps.store.workspaces.get(workspace)
    marked: set[tuple[str, str]] = set()
    edge = deps.now() + _DAY
    while page := store.events.latest(limit=_AT_ONCE, before=edge):
        edge = page[-1].at
        # A page may end between events of one moment: all events of the last moment are added.
        events = {event.id: event for event in [*page, *store.events.of_moment(edge)]}.values()
        marks = [
            (workspace, kind, key, event.at)
            for event in events
            if _is_observed(event, home.sealed_before)
            for kind, key in (("visitor", event.visitor), ("lead", event.lead))
            if key
        ]
        deps.store.dirty.mark_many(marks, queue="bulk")
        marked |= {(kind, key) for _, kind, key, _ in marks}
        if home.sealed_before and edge < home.sealed_before:
            break
    deps.wake.bulk()
    return len(marked)


def _is_observed(event: Event, sealed_before: datetime | None) -> bool:
    """Whether the verdict follows from a request that is still stored: not for recorded events, nor for those of sealed days."""
    is_recorded = event.kind is EventKind.SENT or event.verdict.reasons == RECORDED.reasons
    return not is_recorded and not (sealed_before and event.at < sealed_before)
