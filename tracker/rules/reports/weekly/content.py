"""What a weekly mail says: the numbers of the week beside those of the week before, warnings, and what needs action. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tracker.rules.reports.figure_text import amount, lasting
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Figure, Group

FEWEST = 10
"""Records below which no median is shown, as in the console."""


@dataclass(frozen=True, slots=True)
class WeeklyRow:
    """One number, that of the week before, and the page with what was counted."""

    label: str
    value: str
    before: str
    path: str


@dataclass(frozen=True, slots=True)
class WeeklySection:
    """The numbers of some leads: the rep's own, a team's, or all that the rep sees."""

    title: str
    rows: Sequence[WeeklyRow]


@dataclass(frozen=True, slots=True)
class WeeklyLine:
    """A sentence with the page that it is about, and what explains it."""

    text: str
    path: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyContent:
    """One mail. Paths are those of the console."""

    company: str
    period: Period
    sections: Sequence[WeeklySection]
    warnings: Sequence[WeeklyLine] = ()
    actions: Sequence[WeeklyLine] = ()
    note: str = ""
    """Where the week is not over by the clock of the workspace: until when it was counted."""


@dataclass(frozen=True, slots=True)
class WeeklyFigure:
    """One number of the mail: the report that it comes from, and how it is shown."""

    report: str
    label: str
    text: Callable[[Figure, str], str]
    """Of a figure, with the currency of the workspace; empty where there is nothing to say."""


def _count(figure: Figure, _: str) -> str:
    return f"{figure.count:,}"


def _sales(figure: Figure, currency: str) -> str:
    return amount(figure, currency) if figure.amount or figure.foreign else ""


def _response(figure: Figure, _: str) -> str:
    return lasting(figure.median_ms) if (figure.of or 0) >= FEWEST and figure.median_ms is not None else ""


def _in_time(figure: Figure, _: str) -> str:
    return f"{figure.count:,} of {figure.of:,}" if figure.of else ""


FIGURES = (
    WeeklyFigure("leads-added", "Leads added", _count),
    WeeklyFigure("won", "Won", _count),
    WeeklyFigure("lost", "Lost", _count),
    WeeklyFigure("sales", "Sales", _sales),
    WeeklyFigure("response-time", "Inquiries answered within 5 minutes", _in_time),
    WeeklyFigure("response-time", "Response time, median", _response),
)


def rows_of(
    now: Mapping[str, Figure], before: Mapping[str, Figure], *, period: Period, currency: str, filters: Mapping[Group, str | None]
) -> list[WeeklyRow]:
    """The rows from the totals of each report; a number that neither week has is left out."""
    found = []
    for one in FIGURES:
        value, former = one.text(now[one.report], currency), one.text(before[one.report], currency)
        if value or former:
            found.append(WeeklyRow(one.label, value or "–", former or "–", records_path(one.report, period, filters)))
    return found


def records_path(report: str, period: Period, filters: Mapping[Group, str | None]) -> str:
    """The page with exactly the records behind a figure."""
    query = [("period", period.name), *((group.value, value or "") for group, value in filters.items())]
    return f"/reports/{report}/records?{urlencode(query)}"


def subject_of(content: WeeklyContent) -> str:
    """`Last week: 12 leads added, 3 won`, of the first section."""
    found = {row.label: row.value for row in content.sections[0].rows} if content.sections else {}
    added, won = found.get("Leads added", "0"), found.get("Won", "0")
    return f"Last week: {added} {'lead' if added == '1' else 'leads'} added, {won} won"
