"""Figures in words, and the rows of a report with their bars."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.base.money import money
from tracker.rules.reports.catalogue import Metric
from tracker.rules.reports.records import Figure, Report

_DAY_MS, _HOUR_MS, _MINUTE_MS = 86_400_000, 3_600_000, 60_000


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One group. `width` of its bar in percent of the longest; `key` as a filter has it, empty for no value."""

    key: str
    label: str
    figure: Figure
    cells: tuple[str, ...]
    width: float


def headings(metric: Metric) -> tuple[str, ...]:
    """The columns of a report after its groups."""
    counted = "Lost customers" if metric.unit == "customer" else metric.units.capitalize()
    names = {"count": counted, "share": "Share", "amount": "Amount", "median": "Median"}
    return tuple(names[one] for one in metric.shows)


def cells_of(metric: Metric, figure: Figure, currency: str) -> tuple[str, ...]:
    """The figure, one text for each heading."""
    shown = {"count": f"{figure.count:,}", "share": share(figure), "amount": amount(figure, currency), "median": lasting(figure.median_ms)}
    return tuple(shown[one] for one in metric.shows)


def share(figure: Figure) -> str:
    """`25 % of 12`."""
    return f"{100 * figure.count / figure.of:.0f} % of {figure.of:,}" if figure.of else "–"


def amount(figure: Figure, currency: str) -> str:
    """In the currency of the workspace, with what has no rate apart; `about` where a later rate was used."""
    own = [money(figure.amount, currency)] if figure.amount or not figure.foreign else []
    text = " + ".join([*own, *(money(number, code) for code, number in sorted(figure.foreign.items()))])
    return f"about {text}" if figure.is_estimated else text


def lasting(milliseconds: float | None) -> str:
    """`3.5 days`, `2 h 5 min`, `4 min 10 s`."""
    if milliseconds is None:
        return "–"
    if milliseconds >= 2 * _DAY_MS:
        return f"{milliseconds / _DAY_MS:.1f} days"
    hours, rest = divmod(round(milliseconds), _HOUR_MS)
    minutes, rest = divmod(rest, _MINUTE_MS)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest // 1000} s" if minutes else f"{rest // 1000} s"


def earlier(before: Figure, days: int) -> str:
    """`12 in the 30 days before`; empty where nothing was counted then."""
    if before.of is None:
        return f"{before.count:,} in the {days} days before" if before.count else ""
    return f"{share(before)} in the {days} days before" if before.of else ""


def rows_of(metric: Metric, report: Report, labels: Mapping[str | None, str], currency: str) -> list[FigureRow]:
    """All groups. Bars show amounts, else shares, medians or numbers."""
    found = [(key, figure, _size(metric, figure)) for key, figure in report.items]
    most = max((size for _, _, size in found), default=0)
    return [
        FigureRow(
            key=key or "",
            label=(labels.get(key) or key) if key else "(none)",
            figure=figure,
            cells=cells_of(metric, figure, currency),
            width=round(100 * max(size, 0) / most, 1) if most > 0 else 0,
        )
        for key, figure, size in found
    ]


def _size(metric: Metric, figure: Figure) -> float:
    if "amount" in metric.shows and figure.amount:
        return figure.amount
    if metric.is_share:
        return figure.count / figure.of if figure.of else 0
    if metric.shows == ("count", "median") and metric.unit == "stay":
        return figure.median_ms or 0
    return figure.count
