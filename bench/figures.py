"""Figures: what several rounds of one measurement say together. Pure; used by every case and by the table."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of some rounds."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value. Raises ValueError for none."""
    if not values:
        raise ValueError("no rounds were measured")
    return Spread(statistics.median(values), min(values), max(values))


def ratios(values: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Each round held against the reference of the same round, never against another round's."""
    return [value / base for value, base in zip(values, reference, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of all values do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def rounded(value: float) -> str:
    """A number as a person reads it: three digits that matter, thousands set apart."""
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    return f"{value:,.0f}" if size >= 2 else f"{value:.{2 - size if size >= 0 else 2}f}"
