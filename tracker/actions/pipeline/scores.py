"""Scores on request: a lead's score with its ledger, now or at an earlier moment; recomputing all of them after rules changed."""

from collections.abc import Collection
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import STANDING, Event, EventKind, Label, Verdict
from tracker.domain.pipeline.score import DayFacts, Score
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.daily_facts import day_of, facts_of, first_day
from tracker.rules.scoring.score import score_of
from tracker.rules.verdicts.first import RECORDED, verdict_of
from tracker.store.store import WorkspaceStore

_AT_ONCE = 500
_DAY = timedelta(days=1)


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
    events = deps.store.of(workspace).events.of_leads_since({lead: start})
    return facts_of(lead, (event for event in events if event.at <= moment), zone, home.policy, first)


def rescore(deps: Deps, workspace: str) -> int:
    """Marks every lead to be recomputed from all its events, in the bulk queue. Returns the number of leads."""
    leads = deps.store.of(workspace).leads.all_ids()
    beginning = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    deps.store.dirty.mark_many([(workspace, "lead", lead, beginning) for lead in leads], queue="bulk")
    deps.store.dirty.unpark(workspace)
    deps.wake.bulk()
    return len(leads)


def reclassify(deps: Deps, workspace: str) -> int:
    """Applies today's verdict rules to every event and marks the leads and visitors concerned. Returns how many verdicts changed."""
    store, home = deps.store.of(workspace), deps.store.workspaces.get(workspace)
    changed, edge = 0, deps.now() + _DAY
    while page := store.events.latest(limit=_AT_ONCE, before=edge):
        edge = page[-1].at
        # A page may end between events of one moment: all events of the last moment are added.
        events = {event.id: event for event in [*page, *store.events.of_moment(edge)]}.values()
        verdicts = _new_verdicts(store, home, events)
        _save_verdicts(deps, store, events, verdicts)
        changed += len(verdicts)
        if home.sealed_before and edge < home.sealed_before:
            break
    deps.wake.bulk()
    return changed


def _new_verdicts(store: WorkspaceStore, home: Workspace, events: Collection[Event]) -> dict[str, Verdict]:
    """The verdicts that differ from the stored ones, by event."""
    sent = {m.id: m.sent_at for m in store.messages.briefs({e.message for e in events if e.message}).values()}
    found: dict[str, Verdict] = {}
    for event in events:
        if not _is_observed(event, home.sealed_before):
            continue
        verdict = verdict_of(event, sent.get(event.message or ""), is_demo=home.is_demo)
        # A duplicate has a first verdict that stands: recomputing its lead decides whether it is still a duplicate.
        is_duplicate = event.verdict.label is Label.DUPLICATE and verdict.label in STANDING
        if verdict != event.verdict and not is_duplicate:
            found[event.id] = verdict
    return found


def _is_observed(event: Event, sealed_before: datetime | None) -> bool:
    """Whether the verdict follows from a request that is still stored: not for recorded events, nor for those of sealed days."""
    is_recorded = event.kind is EventKind.SENT or event.verdict.reasons == RECORDED.reasons
    return not is_recorded and not (sealed_before and event.at < sealed_before)


def _save_verdicts(deps: Deps, store: WorkspaceStore, events: Collection[Event], verdicts: dict[str, Verdict]) -> None:
    concerned = [event for event in events if event.id in verdicts]
    marks = [
        (store.workspace, kind, key, event.at)
        for event in concerned
        for kind, key in (("visitor", event.visitor), ("lead", event.lead))
        if key
    ]
    clicks = [event.id for event in concerned if event.kind is EventKind.CLICK]
    marks += [(store.workspace, "visitor", claim.visitor, claim.at) for claim in store.claims.on_clicks(clicks)] if clicks else []
    # Marked before too: if the process is killed after the verdicts are saved, another run finds no difference to mark.
    deps.store.dirty.mark_many(marks, queue="bulk")
    store.events.reclassify(verdicts)
    deps.store.dirty.mark_many(marks, queue="bulk")
