"""A report as a CSV file: one line for each group."""

from collections.abc import Callable, Mapping

from tracker.actions.imports import csv_files
from tracker.rules.reports.activity.mail_metrics import OUTCOMES
from tracker.rules.reports.records import Figure, Group, Report

_MEMBERS: Mapping[str, Callable[[Figure], object]] = {
    "median_ms": lambda one: one.median_ms,
    "median_working_ms": lambda one: one.median_working_ms,
    "median_score": lambda one: one.median_score,
    "mean_amount": lambda one: one.mean_amount,
    "unnamed": lambda one: one.unnamed,
    "median_number": lambda one: one.median_number,
    "automatic": lambda one: one.automatic,
}


def csv_of(report: Report, group: Group, labels: Mapping[str | None, str], currency: str) -> str:
    """All groups. Money is in minor units, times in milliseconds."""
    first = "key" if group is Group.CURRENCY else group.value  # no two columns of one name
    header = [first, "label", "count", "of", "amount", "currency", *_MEMBERS, *OUTCOMES]
    lines = [[key or "", labels.get(key, key or ""), *map(_cell, _values(figure, currency))] for key, figure in report.items]
    return csv_files.write(header, lines)


def _values(figure: Figure, currency: str) -> list[object]:
    own = [figure.count, figure.of, figure.amount, currency, *(member(figure) for member in _MEMBERS.values())]
    return [*own, *(figure.outcomes.get(name, 0) for name in OUTCOMES)]


def _cell(value: object) -> str:
    return "" if value is None else str(value)
