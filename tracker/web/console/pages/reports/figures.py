"""Figures in words, and the rows of a report with their bars."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.rules.reports.activity.mail_metrics import OUTCOMES
from tracker.rules.reports.catalogue import Metric
from tracker.rules.reports.figure_text import amount, lasting, mean, share
from tracker.rules.reports.records import Figure, Report

_OUTCOMES = tuple(name.capitalize() for name in OUTCOMES)


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
    names = {
        "count": metric.counted or metric.units.capitalize(),
        "share": "Share",
        "amount": "Amount",
        "mean": "Per customer",
        "median": "Median",
        "working": "In working hours",
        "score": "Median score",
        "number": "Median number",
        "named": "Named",
        "automatic": "Automatic or unsure",
    }
    return tuple(name for one in metric.shows for name in (_OUTCOMES if one == "outcomes" else (names[one],)))


def cells_of(metric: Metric, figure: Figure, currency: str) -> tuple[str, ...]:
    """The figure, one text for each heading."""
    shown = {
        "count": f"{figure.count:,}",
        "share": share(figure),
        "amount": amount(figure, currency),
        "mean": mean(figure, currency),
        "median": lasting(figure.median_ms),
        "working": lasting(figure.median_working_ms),
        "number": "–" if figure.median_number is None else f"{figure.median_number:.1f}".removesuffix(".0"),
        "automatic": f"{figure.automatic:,}",
        "named": f"{figure.count - figure.unnamed:,}",
        "score": "–" if figure.median_score is None else f"{figure.median_score:.0f}",
    }
    outcomes = tuple(f"{figure.outcomes.get(name, 0):,}" for name in OUTCOMES)
    return tuple(cell for one in metric.shows for cell in (outcomes if one == "outcomes" else (shown[one],)))


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
