"""The context of a lead: everything the decisions about one lead need, loaded for many leads at once. Called by workers.recompute.leads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from tracker.domain.activity.event import Event, EventKind, Verdict
from tracker.domain.activity.visit import Dwell
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.text import zone_of
from tracker.rules.scoring.daily_facts import day_of, first_day
from tracker.rules.scoring.daily_progress import Course
from tracker.rules.verdicts.repeats import judged
from tracker.store.core.run_parallel import together
from tracker.store.store import WorkspaceStore

MARGIN = timedelta(days=1)
"""Events are read from a day before the first dirty one, so that an episode across midnight is whole."""


@dataclass(frozen=True, slots=True)
class LeadContext:
    """Everything the decisions about one lead need. `events` are those since `since`; `past` the facts of earlier days."""

    lead: Lead
    company: Company | None
    start: datetime
    since: datetime
    events: list[Event]
    past: list[DayFacts]
    fresh: list[DayFacts]
    former: list[DayFacts]
    """All day facts as they were kept."""
    messages: list[MessageBrief]
    moves: list[Move]
    dwells: dict[tuple[str, str], Dwell]
    verdicts: dict[str, Verdict]
    """New verdicts of some of the events, which have them already."""
    course: Course
    """The day facts along `events`, with those of the days before `since`."""
    before: list[DayFacts]
    """The days before `since`."""
    older: list[Event]
    """Opens and clicks before `since` of messages that were opened or clicked again since."""

    @property
    def days(self) -> list[DayFacts]:
        """All day facts as they are now."""
        return [*self.past, *self.fresh]


def load_contexts(workspace: Workspace, store: WorkspaceStore, starts: dict[str, datetime]) -> list[LeadContext]:
    """Reads what the leads' decisions need, all leads together, one query a collection, what can be asked for at once at once."""
    zone = zone_of(workspace.timezone)
    leads = store.leads.by_ids(starts)
    sealed = workspace.sealed_before
    sinces = {lead: _midnight(starts[lead], zone) - MARGIN for lead in leads}
    first = first_day(workspace, zone)
    if sealed:
        # Before that there may be no events any more; the facts of those days are complete. Of the first day after, all are read.
        sinces = {lead: since if day_of(since, zone, first) > first else sealed for lead, since in sinces.items()}
    happened, kept, briefs, moved = together(
        lambda: store.events.of_leads_since(sinces),
        lambda: store.facts.of_leads(leads),
        lambda: store.messages.briefs_of_leads(leads),
        lambda: store.moves.of_leads(leads),
    )
    events = _by_lead(happened)
    messages: dict[str, list[MessageBrief]] = {}
    for brief in briefs:
        messages.setdefault(brief.lead, []).append(brief)
    moves: dict[str, list[Move]] = {}
    for move in moved:
        moves.setdefault(move.lead, []).append(move)
    older, dwells, companies = together(
        lambda: _older(store, sinces, events),
        lambda: store.dwell.of((e.visitor, e.page) for e in happened if e.visitor and e.page),
        lambda: store.companies.by_ids({lead.company_id for lead in leads.values() if lead.company_id}),
    )
    found = []
    for key, lead in leads.items():
        own = events.get(key, [])
        sent = {message.id: message.sent_at for message in messages.get(key, [])}
        verdicts = judged(own, sent, workspace.sealed_before, is_demo=workspace.is_demo)
        own = [msgspec.structs.replace(e, verdict=verdicts[e.id]) if e.id in verdicts else e for e in own] if verdicts else own
        day = first if sealed and starts[key] <= sealed else day_of(starts[key], zone, first)
        before = [facts for facts in kept[key] if facts.day < day_of(sinces[key], zone, first)]
        course = Course(key, before, own, zone, workspace.policy, first)
        rebuilt = [facts for facts in course.days if facts.day >= day]
        gone = {facts.day for facts in kept[key] if facts.day >= day} - {facts.day for facts in rebuilt}
        found.append(
            LeadContext(
                lead=lead,
                company=companies.get(lead.company_id or ""),
                start=starts[key],
                since=sinces[key],
                events=own,
                past=[facts for facts in kept[key] if facts.day < day],
                fresh=[*rebuilt, *(DayFacts(lead=key, day=one, counts={}) for one in gone)],
                former=kept[key],
                messages=messages.get(key, []),
                moves=moves.get(key, []),
                dwells=dwells,
                verdicts=verdicts,
                course=course,
                before=before,
                older=older.get(key, []),
            )
        )
    return found


def _midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _by_lead(events: list[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.lead or "", []).append(event)
    return found


def _older(store: WorkspaceStore, sinces: dict[str, datetime], events: dict[str, list[Event]]) -> dict[str, list[Event]]:
    touched: dict[str, str] = {
        e.message: lead for lead, own in events.items() for e in own if e.message and e.kind in (EventKind.OPEN, EventKind.CLICK)
    }
    found: dict[str, list[Event]] = {}
    for event in store.events.of_messages(touched):
        lead = touched[event.message or ""]
        if event.at < sinces[lead]:
            found.setdefault(lead, []).append(event)
    return found
