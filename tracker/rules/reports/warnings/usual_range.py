"""The usual range of a figure, from the twelve periods before. Pure.

The middle is their median. The range is two and a half standard deviations on either side, of the periods' own spread (by the median
deviation, which single odd periods do not widen) or of chance at the present number of records, whichever is wider. Figures of few
records are never judged.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.rules.reports.amounts import median

PERIODS = 12
FEWEST_PERIODS = 6
"""Of the twelve periods, those that need enough records themselves."""
FEWEST_OF_SHARE = 20
FEWEST_DURATIONS = 10
FEWEST_COUNTED = 10
_SPREADS = 2.5
_TO_SIGMA = 1.4826
"""The standard deviation of a normal distribution, in median deviations."""
_LEAST_SHARE = 0.05
_LEAST_RATIO = 2.0


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """A value outside the range that is usual; `middle` is what it usually is."""

    value: float
    middle: float
    low: float
    high: float

    @property
    def is_below(self) -> bool:
        """Whether it is too small, not too large."""
        return self.value < self.low


def judged_share(now: tuple[int, int], before: Sequence[tuple[int, int]]) -> OutOfRange | None:
    """A share as (part, whole), with those of the periods before."""
    known = [part / whole for part, whole in before if whole >= FEWEST_OF_SHARE]
    if now[1] < FEWEST_OF_SHARE or len(known) < FEWEST_PERIODS:
        return None
    middle = _median(known)
    chance = math.sqrt(middle * (1 - middle) / now[1])
    reach = max(_SPREADS * _spread(known, middle), _SPREADS * chance, _LEAST_SHARE)
    return _judged(now[0] / now[1], middle, max(middle - reach, 0.0), min(middle + reach, 1.0))


def judged_count(now: int, before: Sequence[int]) -> OutOfRange | None:
    """A number, with those of the periods before: what is new has no usual number."""
    if sum(one > 0 for one in before) < FEWEST_PERIODS:
        return None
    middle = _median(before)
    if max(now, middle) < FEWEST_COUNTED:
        return None
    reach = max(_SPREADS * _spread(before, middle), _SPREADS * math.sqrt(max(middle, 1.0)))
    return _judged(now, middle, max(middle - reach, 0.0), middle + reach)


def judged_duration(now: tuple[float, int], before: Sequence[tuple[float, int]]) -> OutOfRange | None:
    """A median in milliseconds with its number of records, and those of the periods before. Compared by ratio: twice or half at least."""
    known = [math.log(max(value, 1.0)) for value, number in before if number >= FEWEST_DURATIONS]
    if now[1] < FEWEST_DURATIONS or len(known) < FEWEST_PERIODS:
        return None
    middle = _median(known)
    reach = max(_SPREADS * _spread(known, middle), math.log(_LEAST_RATIO))
    found = _judged(math.log(max(now[0], 1.0)), middle, middle - reach, middle + reach)
    return OutOfRange(now[0], math.exp(middle), math.exp(found.low), math.exp(found.high)) if found else None


def _judged(value: float, middle: float, low: float, high: float) -> OutOfRange | None:
    return OutOfRange(value, middle, low, high) if not low <= value <= high else None


def _spread(values: Sequence[float], middle: float) -> float:
    """The standard deviation, by the median deviation."""
    return _TO_SIGMA * _median([abs(value - middle) for value in values])


def _median(values: Sequence[float]) -> float:
    found = median(values)
    return 0.0 if found is None else found
