"""Daily progress: the day facts of a lead before and after each event, from one pass over the events. Pure; for workers."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from tracker.domain.activity.event import Event
from tracker.domain.pipeline.score import Count, DayFacts
from tracker.domain.workspace.scoring import OwnScoringRule
from tracker.domain.workspace.workspace import Policy
from tracker.rules.scoring.daily_facts import counted, day_of, matches
from tracker.rules.scoring.touch_lines import line_of

Order = tuple[object, str, str]


class DailyProgress:
    """Made of a lead's events and the facts of the days before them, `past`. `first` as in `daily_facts.day_of`."""

    def __init__(
        self,
        lead: str,
        past: Iterable[DayFacts],
        events: Iterable[Event],
        zone: ZoneInfo,
        policy: Policy,
        first: str = "",
        own: Sequence[OwnScoringRule] = (),
    ) -> None:
        self._past = list(past)
        self.days: list[DayFacts] = []
        """The facts of the days on which the events happened, oldest first."""
        self._orders: list[Order] = []
        self._so_far: list[tuple[int, DayFacts]] = []
        day, counts, lines = "", dict[str, Count](), dict[str, list[str]]()
        for event in sorted(events, key=lambda event: event.order):
            today = day_of(event.at, zone, first)
            if today != day:
                day, counts = today, {}
            if event.stands:
                lines.setdefault(day, []).append(line_of(event))
            names = matches(event, policy, own)
            if names:
                counts = {**counts, **{name: counted(counts.get(name), event) for name in names}}
            elif self.days and self.days[-1].day == day:
                self._orders.append(event.order)
                self._so_far.append((len(self.days) - 1, self.days[-1]))
                continue
            facts = DayFacts(lead=lead, day=day, counts=counts)
            if self.days and self.days[-1].day == day:
                self.days[-1] = facts
            else:
                self.days.append(facts)
            self._orders.append(event.order)
            self._so_far.append((len(self.days) - 1, facts))
        self.days = [msgspec.structs.replace(one, touches="\n".join(lines.get(one.day, ()))) for one in self.days]

    def until(self, event: Event) -> list[DayFacts]:
        """All days without the events after this one, which must be one of the lead's events."""
        return self._first(bisect_left(self._orders, event.order) + 1)

    def before(self, event: Event) -> list[DayFacts]:
        """All days without this event and the events after it."""
        return self._first(bisect_left(self._orders, event.order))

    def _first(self, count: int) -> list[DayFacts]:
        if not count:
            return self._past
        complete, today = self._so_far[count - 1]
        return [*self._past, *self.days[:complete], today]
