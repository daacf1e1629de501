"""A view: the tables as one reader sees them at one moment."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from tracker.domain.workspace.stage import Stage
from tracker.rules.reports.columns.packing import millis, moment_of
from tracker.rules.reports.columns.tables import NEVER, Array, Tables
from tracker.rules.reports.facts import ReportFacts
from tracker.rules.reports.periods import Period
from tracker.rules.visibility import Owners

_MINUTE, _HOUR = 60_000, 3_600_000
_NEAR = 3 * _HOUR
"""Around midnight a clock that is put back may show the day before again: there each minute is looked at by itself."""
_KINDS = {"open": 0, "won": 1, "lost": 2}


class View:
    """`facts` without leads: what else reports need. `owners`: whose leads the reader sees; None: all."""

    def __init__(self, tables: Tables, facts: ReportFacts, owners: Owners | None = None) -> None:
        self.tables, self.facts, self.names = tables, facts, tables.names
        self.now, self.today = millis(facts.now), facts.today.toordinal()
        owner = tables.leads["owner"]
        if owners is None:
            self.visible = np.ones(len(tables), dtype=bool)
        else:
            self.visible = np.isin(owner, [self.names.known(one) for one in owners]) | tables.leads["is_day"]

    @cached_property
    def steps(self) -> Array:
        """The rows of steps that the reader sees, up to now."""
        steps = self.tables.steps
        return np.flatnonzero(self.visible[steps["lead"]] & (steps["at"] <= self.now))

    @cached_property
    def standing_sales(self) -> Array:
        """The rows of sales that the reader sees, up to today, by day and then in the order of entry."""
        sales, ordered = self.tables.sales, self.tables.sales_in_order
        return ordered[(self.visible[sales["lead"]] & (sales["sold_on"] <= self.today))[ordered]]

    def kind(self, stages: Array) -> Array:
        """Open 0, won 1, lost 2 of each stage."""
        return self._kinds[stages]

    def index(self, stages: Array) -> Array:
        """The place of each stage in the pipeline now; -1: it is no longer in it."""
        return self._places[stages]

    @cached_property
    def _kinds(self) -> Array:
        found = np.zeros(len(self.names) + 1, dtype="i4")
        for stage in (*reversed(self.facts.former_stages), *reversed(self.facts.stages)):
            if (code := self.names.known(stage.id)) >= 0:
                found[code] = _KINDS[stage.kind]
        return found

    @cached_property
    def _places(self) -> Array:
        found = np.full(len(self.names) + 1, -1, dtype="i4")
        for place, stage in reversed(list(enumerate(self.facts.stages))):
            if (code := self.names.known(stage.id)) >= 0:
                found[code] = place
        return found

    @property
    def stages(self) -> Sequence[tuple[int, Stage]]:
        """The stages of the pipeline with their numbers."""
        return [(self.names.code(stage.id), stage) for stage in self.facts.stages]

    def holds(self, period: Period, moments: Array) -> Array:
        """Which of the moments, in milliseconds, are on a local day of the period, and not after now."""
        low, high = self._start(period.first), self._start(period.end)
        found = (moments >= low) & (moments < high) & (moments <= self.now)
        for edge in (low, high):
            near = np.flatnonzero((moments >= edge - _NEAR) & (moments < edge + _NEAR) & (moments <= self.now))
            minutes, place = np.unique(moments[near] // _MINUTE, return_inverse=True)
            held = [period.holds(self.facts.day(moment_of(minute * _MINUTE))) for minute in minutes.tolist()]
            found[near] = np.array(held, dtype=bool)[place]
        return found

    def _start(self, day: date) -> int:
        """About the first moment of a local day."""
        if not date.min + timedelta(2) < day < date.max - timedelta(2):
            return -NEVER if day.year == 1 else NEVER
        middle = (day.toordinal() - date(1970, 1, 1).toordinal()) * 24 * 60
        low, high = middle - 16 * 60, middle + 28 * 60
        while low < high:
            probe = (low + high) // 2
            if self.facts.day(moment_of(probe * _MINUTE)) >= day:
                high = probe
            else:
                low = probe + 1
        return low * _MINUTE
