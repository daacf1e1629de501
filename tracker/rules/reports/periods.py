"""Periods: local days of the workspace, from one to another, and the period that they are compared with."""

from dataclasses import dataclass
from datetime import date, timedelta

_MOST_DAYS = 3_660
"""The longest period of a report."""
_MONTHS_OF_QUARTER = 3


@dataclass(frozen=True, slots=True)
class Period:
    """`first` is included, `end` is not."""

    first: date
    end: date

    def holds(self, day: date) -> bool:
        """Whether the day is in the period."""
        return self.first <= day < self.end

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.first).days

    @property
    def name(self) -> str:
        """As an address names it: `2026-11-23..2026-11-30`."""
        return f"{self.first}..{self.end}"

    @property
    def text(self) -> str:
        """`23 Nov 2026 to 29 Nov 2026`."""
        last = self.end - timedelta(days=1)
        return f"{self.first:%-d %b %Y} to {last:%-d %b %Y}"

    @classmethod
    def named(cls, text: str) -> "Period | None":
        """The period with this name; None for anything else."""
        first, _, end = text.partition("..")
        try:
            found = cls(date.fromisoformat(first), date.fromisoformat(end))
        except ValueError:
            return None
        return found if 0 < found.days <= _MOST_DAYS else None

    def before(self) -> "Period":
        """What it is compared with: the week, month, quarter or year before a whole one, else as many days before."""
        for months in (1, _MONTHS_OF_QUARTER, 12):
            if _is_start(self.first, months) and self.end == _shifted(self.first, months):
                return Period(_shifted(self.first, -months), self.first)
        return Period(self.first - timedelta(days=self.days), self.first)


def _is_start(day: date, months: int) -> bool:
    return day.day == 1 and (day.month - 1) % months == 0


def _shifted(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)
