"""Scores asked for: why 42, what it was then; and counting everything anew after rules changed."""

from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.domain.activity.event import STANDING, EventKind, Label
from tracker.domain.pipeline.score import DayFacts, Score
from tracker.rules.alerting.text import zone_of
from tracker.rules.scoring.daily_facts import day_of, facts_of, first_day
from tracker.rules.scoring.score import score_of
from tracker.rules.verdicts.first import verdict_of

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
    """The facts of the moment's local day up to the moment, from its events."""
    home = deps.store.workspaces.get(workspace)
    zone = zone_of(home.timezone)
    first, start = first_day(home, zone), moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if home.sealed_before and day_of(start, zone, first) == first:
        start = home.sealed_before
    events = deps.store.of(workspace).events.of_leads_since({lead: start})
    return facts_of(lead, (event for event in events if event.at <= moment), zone, home.policy, first)


def rescore(deps: Deps, workspace: str) -> int:
    """Marks every lead to be counted anew from all its events, behind what happens now; how many leads."""
    leads = deps.store.of(workspace).leads.all_ids()
    beginning = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    deps.store.dirty.mark_many([(workspace, "lead", lead, beginning) for lead in leads], queue="bulk")
    deps.store.dirty.unpark(workspace)
    deps.wake.bulk()
    return len(leads)


def reclassify(deps: Deps, workspace: str) -> int:
    """Judges every event anew by today's verdict rules and recounts whom it concerns; how many verdicts changed."""
    store, home = deps.store.of(workspace), deps.store.workspaces.get(workspace)
    changed, edge = 0, deps.now() + _DAY
    while page := store.events.latest(limit=_AT_ONCE, before=edge):
        edge = page[-1].at
        events = {event.id: event for event in [*page, *store.events.of_moment(edge)]}.values()  # a page may end amid a moment
        sent = {m.id: m.sent_at for m in store.messages.briefs({e.message for e in events if e.message}).values()}
        verdicts = {}
        marks = []
        for event in events:
            if (
                event.kind is EventKind.SENT
                or event.verdict.reasons == ("recorded",)
                or (home.sealed_before and event.at < home.sealed_before)
            ):
                continue
            verdict = verdict_of(event, sent.get(event.message or ""), is_demo=home.is_demo)
            if verdict != event.verdict and not (event.verdict.label is Label.DUPLICATE and verdict.label in STANDING):
                verdicts[event.id] = verdict
                marks += [(workspace, kind, key, event.at) for kind, key in (("visitor", event.visitor), ("lead", event.lead)) if key]
        clicks = [event.id for event in events if event.id in verdicts and event.kind is EventKind.CLICK]
        marks += [(workspace, "visitor", claim.visitor, claim.at) for claim in store.claims.on_clicks(clicks)] if clicks else []
        deps.store.dirty.mark_many(marks, queue="bulk")  # killed after the next line, we would find nothing to change another time
        store.events.judge(verdicts)
        deps.store.dirty.mark_many(marks, queue="bulk")
        changed += len(verdicts)
        if home.sealed_before and edge < home.sealed_before:
            break  # what was stripped of its agent cannot be judged again
    deps.wake.bulk()
    return changed
