"""The context of a lead: everything the decisions about one lead need, loaded for many leads at once.

Called by workers.recompute.leads, and to preview alert rules.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from tracker.actions.activity.lead_days import LocalDays, fresh_days, stored_days
from tracker.actions.activity.rule_books import CustomRecords, load_custom_records
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event
from tracker.domain.activity.visit import Dwell, Visit
from tracker.domain.alerting.watched_page import WatchedPage
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.score import DayFacts
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.custom.book import NO_RULES, RuleBook
from tracker.rules.message_engagement import REACTIONS
from tracker.rules.scoring.daily_facts import first_day, joined
from tracker.rules.scoring.daily_progress import DailyProgress
from tracker.store.core.run_parallel import run_parallel
from tracker.store.store import WorkspaceStore

MARGIN = timedelta(days=1)
"""Events are read from a day before the first dirty one, so that an episode across midnight is whole."""


@dataclass(frozen=True, slots=True)
class LeadContext:
    """Everything the decisions about one lead need. `events` are those since `since`; `past` the facts of earlier days."""

    lead: Lead
    ids: frozenset[str]
    """The ids under which it has records: its own, and those of leads that were merged with it."""
    company: Company | None
    start: datetime
    since: datetime
    events: list[Event]
    past: list[DayFacts]
    fresh: list[DayFacts]
    former: list[DayFacts]
    """All day facts as they are stored: those of merged leads by themselves."""
    to_store: list[DayFacts]
    """`fresh` as it is stored."""
    messages: list[MessageBrief]
    moves: list[Move]
    notes: list[Note]
    dwells: dict[tuple[str, str], Dwell]
    progress: DailyProgress
    """The day facts along `events`, with those of the days before `since`."""
    before: list[DayFacts]
    """The days before `since`."""
    older: list[Event]
    """Opens, clicks and replies before `since` of messages with another one since."""
    watched: list[WatchedPage]
    """Pages that the lead's owner or the team wants alerts about."""
    alerted_views: frozenset[str]
    """The views for which there is an alert of a watched page."""
    visits: tuple[Visit, Visit] | None
    """The lead's first and last visit."""
    custom: CustomRecords
    """What custom rules need; of all leads that were loaded together."""

    @property
    def days(self) -> list[DayFacts]:
        """All day facts as they are now."""
        return [*self.past, *self.fresh]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The stored values of all leads of one call; events, facts, messages, moves, notes and older events by lead."""

    events: dict[str, list[Event]]
    facts: Mapping[str, list[DayFacts]]
    """By the ids under which they are stored."""
    ids: Mapping[str, str]
    """All ids of these leads, those of merged ones included, with the lead that answers for each."""
    messages: dict[str, list[MessageBrief]]
    moves: dict[str, list[Move]]
    notes: dict[str, list[Note]]
    older: dict[str, list[Event]]
    dwells: dict[tuple[str, str], Dwell]
    companies: Mapping[str, Company]
    watched: dict[str | None, list[WatchedPage]]
    """By rep; None: the team's."""
    alerted_views: Mapping[str, frozenset[str]]
    visits: Mapping[str, tuple[Visit, Visit]]
    custom: CustomRecords


def load_contexts(workspace: Workspace, store: WorkspaceStore, starts: dict[str, datetime], book: RuleBook = NO_RULES) -> list[LeadContext]:
    """Loads the contexts of these leads: one query a collection for all leads, independent queries in parallel.

    `starts` has the first dirty moment of each lead. Leads that do not exist are left out. `book`: the custom alert rules.
    """
    zone = zone_of(workspace.timezone)
    days = LocalDays(zone, first_day(workspace, zone))
    starts = of_kept(store, starts)
    leads = store.leads.by_ids(starts)
    sinces = {lead: _since(workspace, days, starts[lead]) for lead in leads}
    rows = _load_rows(store, leads, sinces, book)
    return [_context(workspace, days, rows, lead, starts[key], sinces[key]) for key, lead in leads.items()]


def of_kept(store: WorkspaceStore, starts: Mapping[str, datetime]) -> dict[str, datetime]:
    """The moments by the leads that answer for those that were merged with them."""
    kept, found = store.leads.kept_ids(starts), dict[str, datetime]()
    for lead, start in starts.items():
        found[kept[lead]] = min(found.get(kept[lead], start), start)
    return found


def _since(workspace: Workspace, days: LocalDays, start: datetime) -> datetime:
    """The moment from which the events of a lead are read."""
    since = days.midnight(start) - MARGIN
    # Events of sealed days may be deleted; the stored facts of these days are complete. The first open day is read whole.
    if workspace.sealed_before and days.of(since) <= days.first:
        return workspace.sealed_before
    return since


def _load_rows(store: WorkspaceStore, leads: Mapping[str, Lead], sinces: dict[str, datetime], book: RuleBook) -> _Rows:
    ids = store.leads.ids_with_merged(leads)
    all_sinces = {lead: sinces[kept] for lead, kept in ids.items()}
    happened, facts, messages, (moves, notes) = run_parallel(
        lambda: store.events.of_leads_since(all_sinces),
        lambda: store.facts.stored_of(ids),
        lambda: store.messages.briefs_of_leads(leads),
        lambda: (store.moves.of_leads(leads), store.notes.of_leads(leads)),
    )
    events = _by_lead((event for event in happened if not event.is_imported), ids)  # shown, but they count for nothing
    older, dwells, (companies, custom), (watched, alerted, visits) = run_parallel(
        lambda: _older(store, sinces, events),
        lambda: store.dwell.of((e.visitor, e.page) for e in happened if e.visitor and e.page),
        lambda: (
            store.companies.by_ids({lead.company_id for lead in leads.values() if lead.company_id}),
            load_custom_records(store, book, sinces, happened, ids),
        ),
        lambda: (
            store.watched_pages.for_owners({lead.owner for lead in leads.values() if lead.owner}),
            store.alerts.watched_causes(sinces),
            store.visits.ends_of_leads(_visited(leads.values(), events)),
        ),
    )
    by_lead = (_by_lead(messages, ids), _by_lead(moves, ids), _by_lead(notes, ids))
    return _Rows(events, facts, ids, *by_lead, older, dwells, companies, watched, alerted, visits, custom)


def _visited(leads: Iterable[Lead], events: dict[str, list[Event]]) -> list[str]:
    """The leads whose first or last visit may have changed: with events of a browser, or with visits until now."""
    return [
        lead.id
        for lead in leads
        if lead.derived.first_touch or lead.merged_values or any(event.visitor for event in events.get(lead.id, ()))
    ]


def _older(store: WorkspaceStore, sinces: dict[str, datetime], events: dict[str, list[Event]]) -> dict[str, list[Event]]:
    touched: dict[str, str] = {e.message: lead for lead, own in events.items() for e in own if e.message and e.kind in REACTIONS}
    found: dict[str, list[Event]] = {}
    for event in store.events.of_messages(touched, REACTIONS):
        lead = touched[event.message or ""]
        if event.at < sinces[lead]:
            found.setdefault(lead, []).append(event)
    return found


def _context(workspace: Workspace, days: LocalDays, rows: _Rows, lead: Lead, start: datetime, since: datetime) -> LeadContext:
    own = [one for one, kept in rows.ids.items() if kept == lead.id]
    stored, messages = [facts for one in own for facts in rows.facts[one]], rows.messages.get(lead.id, [])
    former = joined(lead.id, stored)
    events = rows.events.get(lead.id, [])
    before = [facts for facts in former if facts.day < days.of(since)]
    progress = DailyProgress(lead.id, before, events, days.zone, workspace.policy, days.first, workspace.own_rules)
    day = days.first if workspace.sealed_before and start <= workspace.sealed_before else days.of(start)
    fresh = fresh_days(lead.id, former, progress, day)
    return LeadContext(
        lead=lead,
        ids=frozenset(own),
        company=rows.companies.get(lead.company_id or ""),
        start=start,
        since=since,
        events=events,
        past=[facts for facts in former if facts.day < day],
        fresh=fresh,
        former=stored,
        to_store=fresh if len(own) == 1 else stored_days(own, events, rows.facts, days, workspace, day),
        messages=messages,
        moves=rows.moves.get(lead.id, []),
        notes=rows.notes.get(lead.id, []),
        dwells=rows.dwells,
        progress=progress,
        before=before,
        older=rows.older.get(lead.id, []),
        watched=[*(rows.watched.get(lead.owner, []) if lead.owner else []), *rows.watched.get(None, [])],
        alerted_views=rows.alerted_views.get(lead.id, frozenset()),
        visits=rows.visits.get(lead.id),
        custom=rows.custom,
    )


class _OfLead(Protocol):
    @property
    def lead(self) -> str | None: ...


_Row = TypeVar("_Row", bound=_OfLead)


def _by_lead(rows: Iterable[_Row], ids: Mapping[str, str]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(ids.get(row.lead or "", ""), []).append(row)
    return found
