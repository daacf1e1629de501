"""Recounting visitors: whose browser it is, and its visits. Called by workers.recompute.run, before the leads."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import redis

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event
from tracker.domain.activity.visit import GAP, Dwell, Visit
from tracker.domain.activity.visitor import Visitor
from tracker.rules.identity import Identity, identities, spans
from tracker.rules.visits import last_sign, visits_of
from tracker.store.activity.dirty_marks import Mark
from tracker.store.core.run_parallel import together
from tracker.store.store import WorkspaceStore

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

Range = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Bound:
    """What is known of a batch of visitors: as they are now, and as those were that changed hands."""

    visitors: dict[str, Visitor]
    changed: dict[str, Visitor]
    former: frozenset[str]
    """Those that are kept already."""
    clicks: dict[str, Event]


@dataclass(slots=True)
class Brought:
    """What follows from a batch of visitors: leads to recount, and what to keep of the visitors when that is done."""

    leads: dict[str, datetime] = field(default_factory=dict)
    """Each with the first moment concerned."""
    changed: dict[str, Visitor] = field(default_factory=dict)
    former: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    """Everybody whose identity was decided: the marked ones and those who showed the same landing tokens."""

    def joined(self, other: "Brought") -> "Brought":
        """What both brought."""
        leads = {lead: min(found.get(lead, END) for found in (self.leads, other.leads)) for lead in {**self.leads, **other.leads}}
        return Brought(leads, self.changed | other.changed, self.former | other.former, self.decided | other.decided)

    def keep(self, store: WorkspaceStore) -> None:
        """Notes who the visitors are now. Not before their leads are recounted: until then it must be seen that they changed hands."""
        store.visitors.save(self.changed.values(), self.former)


def recount_visitors(deps: Deps, store: WorkspaceStore, marks: Iterable[Mark], sealed: datetime | None = None) -> Brought:
    """Binds the marked visitors anew and rebuilds their visits.

    Visits that began before `sealed` stay as they are: their events may be forgotten.
    """
    beginning = sealed or BEGINNING
    ranges = {mark.key: (max(mark.start, beginning), max(mark.end, beginning)) for mark in marks}
    if not ranges:
        return Brought()
    bound = _bind(store, ranges)
    for visitor in bound.changed:
        ranges[visitor] = (beginning, END)
    events, strays = _rebuild(deps, store, ranges, bound, beginning)
    concerned = _leads_of([*events, *strays], ranges)
    for former in bound.changed.values():
        for binding in former.bindings:
            concerned[binding.lead] = min(concerned.get(binding.lead, END), BEGINNING)
    _tell(deps, store.workspace, bound, _landings(events, ranges, bound))
    return Brought(concerned, {name: bound.visitors[name] for name in bound.changed}, set(bound.former), set(bound.visitors))


def _bind(store: WorkspaceStore, ranges: dict[str, Range]) -> Bound:
    """Decides identities from claims. Others who showed the same landing tokens are decided with them."""
    own, former = together(lambda: store.claims.of_visitors(ranges), lambda: store.visitors.by_ids(ranges))
    claims = store.claims.on_clicks({claim.click for claim in own}) if own else []
    everybody = {*ranges, *(claim.visitor for claim in claims)}
    if len(everybody) > len(ranges):
        theirs, former = together(lambda: store.claims.of_visitors(everybody), lambda: store.visitors.by_ids(everybody))
        claims = store.claims.on_clicks({claim.click for claim in theirs})
    clicks = {event.id: event for event in store.events.by_ids({claim.click for claim in claims})}
    decided = identities(everybody, claims, clicks)
    now = {name: _visitor(store.workspace, name, identity) for name, identity in decided.items()}
    changed = {
        n: former.get(n) or _nobody(store.workspace, n) for n, v in now.items() if v != (former.get(n) or _nobody(store.workspace, n))
    }
    to_bind = {name: spans(now[name].bindings) for name in now if name in changed or (name in ranges and now[name].bindings)}
    store.events.bind(to_bind)
    return Bound(now, changed, frozenset(former), clicks)


def _visitor(workspace: str, name: str, identity: Identity) -> Visitor:
    return Visitor(id=name, workspace=workspace, bindings=identity.bindings, forwarded=identity.forwarded)


def _nobody(workspace: str, name: str) -> Visitor:
    return Visitor(id=name, workspace=workspace)


def _rebuild(
    deps: Deps, store: WorkspaceStore, ranges: dict[str, Range], bound: Bound, beginning: datetime
) -> tuple[list[Event], list[Event]]:
    """Replaces the visits that events within the ranges belong to; the events of those visits, and the strays among them as they were."""
    found = _Runs(store, beginning)
    growing = ranges
    while growing:
        growing = found.read(growing)
    strays = _take_home(deps, store, found.events, bound)
    events = list(found.events.values())
    landings = store.events.by_ids({e.landing for e in events if e.landing} - bound.clicks.keys())
    clicks = bound.clicks | {event.id: event for event in landings}
    own = [event for event in events if event.id not in found.settled]
    store.visits.replace(found.visits.values(), _visits(own, found.dwells, clicks, bound))
    return events, strays


def _take_home(deps: Deps, store: WorkspaceStore, events: dict[str, Event], bound: Bound) -> list[Event]:
    """Binds strays: events that the drain stored for whoever the browser belonged to before, while it changed hands. As they were.

    Their former leads are marked first: once the strays are bound, nothing else says that those must be counted anew.
    """
    known = bound.visitors
    strays = [e for e in events.values() if e.visitor in known and e.lead != known[e.visitor].lead_at(e.at)]
    if strays:
        deps.store.dirty.mark_many((store.workspace, "lead", event.lead, event.at) for event in strays if event.lead)
        names = {event.visitor for event in strays if event.visitor}
        store.events.bind({name: spans(known[name].bindings) for name in names})
        events |= {e.id: msgspec.structs.replace(e, lead=known[e.visitor].lead_at(e.at)) for e in strays if e.visitor}
    return strays


class _Runs:
    """The visits and events around the marked ranges: whole runs, however far these reach."""

    def __init__(self, store: WorkspaceStore, beginning: datetime) -> None:
        self._store, self._beginning = store, beginning
        self._read: dict[str, Range] = {}
        self.settled: set[str] = set()
        """Events of visits that began in sealed days and stay as they are."""
        self.visits: dict[str, Visit] = {}
        self.events: dict[str, Event] = {}
        self.dwells: dict[tuple[str, str], Dwell] = {}

    def read(self, ranges: dict[str, Range]) -> dict[str, Range]:
        """Reads what is in these ranges; the wider ranges of those whose run goes on beyond them."""
        wide = self._visits_near(ranges)
        events = [event for part in self._unread(wide) for event in self._store.events.of_visitors(part)]
        dwells = self._store.dwell.of((e.visitor, e.page) for e in events if e.visitor and e.page)
        self.events |= {event.id: event for event in events}
        self.dwells |= dwells
        reached = dict(wide)
        for event in events:
            if event.stands and event.id not in self.settled:
                _widen(reached, event.visitor or "", event.at, last_sign(event, dwells))
        return {name: reach for name, reach in reached.items() if reach != wide[name]}

    def _unread(self, ranges: dict[str, Range]) -> list[dict[str, Range]]:
        """The ranges with half an hour on both sides, without what was read before: a run is read once, however often it grows."""
        before: dict[str, Range] = {}
        after: dict[str, Range] = {}
        for name, (start, end) in ranges.items():
            first, last = max(_shifted(start, -GAP), self._beginning), _shifted(end, GAP)
            if known := self._read.get(name):
                before |= {name: (first, known[0])} if first < known[0] else {}
                after |= {name: (known[1], last)} if last > known[1] else {}
                first, last = min(first, known[0]), max(last, known[1])
            else:
                before[name] = (first, last)
            self._read[name] = (first, last)
        return [part for part in (before, after) if part]

    def _visits_near(self, ranges: dict[str, Range]) -> dict[str, Range]:
        """Notes the visits that events in these ranges could join, split or bridge; the ranges with these visits in them.

        A visit is kept as it was when its last event was counted; it lasts as long as its pages were read, as is known now.
        """
        found = self._store.visits.around(ranges)
        left = [visit for visit in found if visit.started_at >= self._beginning]
        sealed = [visit for visit in found if visit.started_at < self._beginning]
        self.settled |= {page.event for visit in sealed for page in visit.pages} | {act.event for visit in sealed for act in visit.acts}
        ends = {visit.id: visit.ended_at for visit in left}
        ends |= {v.id: v.ended_at for v in self._store.dwell.fill(v for v in left if v.ended_at < ranges[v.visitor][0] - GAP)}
        wide = dict(ranges)
        while near := [v for v in left if v.started_at <= wide[v.visitor][1] + GAP and ends[v.id] >= wide[v.visitor][0] - GAP]:
            for visit in near:
                self.visits[visit.id] = visit
                _widen(wide, visit.visitor, visit.started_at, ends[visit.id])
            left = [visit for visit in left if visit.id not in self.visits]
        return wide


def _widen(ranges: dict[str, Range], visitor: str, start: datetime, end: datetime) -> None:
    known = ranges[visitor]
    ranges[visitor] = (min(known[0], start), max(known[1], end))


def _shifted(moment: datetime, by: timedelta) -> datetime:
    return min(max(moment, BEGINNING - by), END - by) + by


def _visits(events: list[Event], dwells: dict[tuple[str, str], Dwell], clicks: dict[str, Event], bound: Bound) -> list[Visit]:
    by_visitor: dict[str, list[Event]] = {}
    for event in events:
        by_visitor.setdefault(event.visitor or "", []).append(event)
    found = []
    for name, own in by_visitor.items():
        visitor = bound.visitors.get(name)
        found += visits_of(own, dwells, clicks, forwarded=visitor.forwarded if visitor else False)
    return found


def _leads_of(events: list[Event], ranges: dict[str, Range]) -> dict[str, datetime]:
    """The leads that these events belong to, each with the start of what was marked (or its first event, if later)."""
    concerned: dict[str, datetime] = {}
    for event in events:
        if event.lead and event.visitor in ranges:
            start = max(ranges[event.visitor][0], event.at) if ranges[event.visitor][0] == BEGINNING else ranges[event.visitor][0]
            concerned[event.lead] = min(concerned.get(event.lead, END), start)
    return concerned


def _landings(events: list[Event], ranges: dict[str, Range], bound: Bound) -> dict[str, Event | None]:
    """Which click brought each visitor who came by one just now, or who changed hands."""
    found: dict[str, Event | None] = dict.fromkeys(bound.changed)
    for name in bound.changed:
        binding = bound.visitors[name].bindings[-1:]
        found[name] = bound.clicks.get(binding[0].click) if binding else None
    for event in sorted(events, key=lambda event: event.order):
        start, end = ranges.get(event.visitor or "", (END, END))
        if event.visitor and event.landing and start <= event.at <= end and event.landing in bound.clicks:
            found[event.visitor] = bound.clicks[event.landing]
    return found


def _tell(deps: Deps, workspace: str, bound: Bound, landings: dict[str, Event | None]) -> None:
    """Names visitors on the live view, and the mail that brought them, as soon as both are known."""
    try:
        states = deps.bus.presence_of(workspace, sorted(landings))
        news = {}
        for name, state in states.items():
            binding, click = bound.visitors[name].bindings[-1:], landings[name]
            known = {"lead": binding[0].lead if binding else None, "message": click.message if click and binding else None}
            if known.items() - state.items():
                news[name] = state | known
        deps.bus.set_presence(workspace, news)
        if news:
            deps.bus.publish_many(workspace, [("presence", state) for state in news.values()])
    except (redis.RedisError, OSError):
        return
