"""The stored visits and events around marked time ranges: whole visits, however far they reach. Used by workers.recompute.visits."""

from datetime import UTC, datetime, timedelta

from tracker.domain.activity.event import Event
from tracker.domain.activity.visit import GAP, Dwell, Visit
from tracker.rules.visits import last_sign
from tracker.store.store import WorkspaceStore

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

Range = tuple[datetime, datetime]


class VisitHistory:
    """Reads until every visit that the ranges touch is complete. Visits that began before `beginning` are sealed."""

    def __init__(self, store: WorkspaceStore, beginning: datetime) -> None:
        self._store, self._beginning = store, beginning
        self._read: dict[str, Range] = {}
        self.sealed: set[str] = set()
        """The events of sealed visits, which stay as they are."""
        self.visits: dict[str, Visit] = {}
        self.events: dict[str, Event] = {}
        self.dwells: dict[tuple[str, str], Dwell] = {}

    def read_all(self, ranges: dict[str, Range]) -> None:
        """Reads the ranges (by visitor), and on to the ends of the visits in them."""
        growing = ranges
        while growing:
            growing = self.read(growing)

    def read(self, ranges: dict[str, Range]) -> dict[str, Range]:
        """Reads what is in these ranges; returns wider ranges for the visitors whose activity continues beyond them."""
        wide = self._visits_near(ranges)
        events = [event for part in self._unread(wide) for event in self._store.events.of_visitors(part)]
        dwells = self._store.dwell.of((e.visitor, e.page) for e in events if e.visitor and e.page)
        self.events |= {event.id: event for event in events}
        self.dwells |= dwells
        reached = dict(wide)
        for event in events:
            if event.stands and event.id not in self.sealed:
                _widen(reached, event.visitor or "", event.at, last_sign(event, dwells))
        return {name: reach for name, reach in reached.items() if reach != wide[name]}

    def _unread(self, ranges: dict[str, Range]) -> list[dict[str, Range]]:
        """The ranges with half an hour on both sides, without what was read before: each event is read once."""
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
        """Notes the visits that events in these ranges could join, split or bridge; returns the ranges widened by these visits.

        A stored visit ends where its last event was when it was computed. Its real end also depends on the dwell of its pages.
        """
        found = self._store.visits.around(ranges)
        left = [visit for visit in found if visit.started_at >= self._beginning]
        sealed = [visit for visit in found if visit.started_at < self._beginning]
        self.sealed |= {page.event for visit in sealed for page in visit.pages} | {act.event for visit in sealed for act in visit.acts}
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
