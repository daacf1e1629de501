"""Episodes: the activity of a lead in runs with gaps under 30 minutes, across email and site."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tracker.base.ids import id_of
from tracker.domain.activity.event import Event
from tracker.domain.activity.visit import GAP, Dwell
from tracker.rules.scoring.daily_facts import BY_LEAD
from tracker.rules.visits import last_sign


@dataclass(frozen=True, slots=True)
class Episode:
    """One run of activity of one lead; `quiet_since` is the time of the last event before it."""

    id: str
    events: tuple[Event, ...]
    quiet_since: datetime | None
    ended_at: datetime
    """The time of its last event, or of the last heartbeat of one of its pages."""

    @property
    def started_at(self) -> datetime:
        """When its first event happened."""
        return self.events[0].at


def episodes_of(lead: str, events: Iterable[Event], dwells: Mapping[tuple[str, str], Dwell], before: datetime | None) -> list[Episode]:
    """The episodes of the lead's standing events, oldest first; `before` is the time of the last event before all of them."""
    runs: list[list[Event]] = []
    quiet: list[datetime | None] = []
    ends: list[datetime] = []
    last = before
    for event in sorted((e for e in events if e.stands and e.kind in BY_LEAD), key=lambda e: e.order):
        if not ends or event.at - ends[-1] >= GAP:
            runs.append([])
            quiet.append(last)
            ends.append(event.at)
        runs[-1].append(event)
        ends[-1] = max(ends[-1], last_sign(event, dwells))
        last = event.at
    return [Episode(id_of(lead, run[0].id), tuple(run), since, end) for run, since, end in zip(runs, quiet, ends, strict=True)]
