"""Periods by name, which move with the present day: `last-month`."""

from datetime import date, timedelta

from tracker.rules.reports.periods import Period

CHOICES = (
    ("days:7", "Last 7 days"),
    ("days:30", "Last 30 days"),
    ("days:90", "Last 90 days"),
    ("month", "This month"),
    ("last-month", "Last month"),
    ("quarter", "This quarter"),
    ("last-quarter", "Last quarter"),
    ("year", "This year"),
    ("last-year", "Last year"),
)
PERIODS = tuple(name for name, _ in CHOICES)
USUAL = "days:30"
_QUARTER, _YEAR = 3, 12


def chosen_period(name: str, today: date) -> Period:
    """The period with this name, or the days `2026-11-23..2026-11-30`; else the usual one. A present month, quarter or year is whole."""
    if days := Period.named(name):
        return days
    known = dict(CHOICES)
    kind, _, number = (name if name in known else USUAL).partition(":")
    if kind == "days":
        end = today + timedelta(days=1)
        return Period(end - timedelta(days=int(number)), end)
    months = {"month": 1, "quarter": _QUARTER, "year": _YEAR}[kind.removeprefix("last-")]
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    present = Period(first, _later(first, months))
    return present.before() if kind.startswith("last-") else present


def choices_with(name: str) -> tuple[tuple[str, str], ...]:
    """What a reader chooses from, with the days that are shown now if they have no name."""
    days = Period.named(name)
    return (*CHOICES, (name, days.text)) if days else CHOICES


def _later(first: date, months: int) -> date:
    total = first.year * 12 + first.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)
