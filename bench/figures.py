"""Statistics over the rounds of one measurement. Pure; used by every case and by the table."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, minimum and maximum of several rounds."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value. Raises ValueError for none."""
    if not values:
        raise ValueError("no rounds were measured")
    return Spread(statistics.median(values), min(values), max(values))


def ratios(values: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Each round divided by the reference of the same round, never of another round."""
    return [value / base for value, base in zip(values, reference, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of all values do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def rounded(value: float) -> str:
    """A number with three significant digits and thousands separators."""
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    return f"{value:,.0f}" if size >= 2 else f"{value:.{2 - size if size >= 0 else 2}f}"
