"""Amounts in the currency of the workspace, by dated rates. Rounded half to even, for each amount by itself."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from tracker.base.money import decimals_of
from tracker.domain.pipeline.rate import Rate


@dataclass(frozen=True, slots=True)
class Converted:
    """Minor units in the currency of the workspace. `is_estimated`: by a later rate, as there is none before."""

    amount: int
    is_estimated: bool = False


class Converter:
    """Converts by the latest rate that is not after the day, else by the earliest. A rate is for one unit, amounts are in minor units."""

    def __init__(self, currency: str, rates: Iterable[Rate]) -> None:
        self._currency = currency
        self._rates: dict[str, tuple[list[date], list[Decimal]]] = {}
        found: dict[str, list[Rate]] = defaultdict(list)
        for rate in rates:
            found[rate.currency].append(rate)
        for code, its in found.items():
            ordered = sorted(its, key=lambda rate: rate.on)
            self._rates[code] = [rate.on for rate in ordered], [Decimal(rate.rate) for rate in ordered]

    def convert(self, amount: int, currency: str, day: date) -> Converted | None:
        """None where the currency has no rate at all."""
        if currency == self._currency:
            return Converted(amount)
        days, rates = self._rates.get(currency, ([], []))
        if not days:
            return None
        at = bisect_right(days, day)
        converted = (amount * rates[max(at - 1, 0)].scaleb(decimals_of(self._currency) - decimals_of(currency))).quantize(
            Decimal(1), ROUND_HALF_EVEN
        )
        return Converted(int(converted), is_estimated=at == 0)


def spread(amount: int, days: int, first: int, end: int) -> int:
    """What the days from number `first` to before `end` (from 0) of an amount over `days` days get: whole units that add up to it."""
    return amount * end // days - amount * first // days


def median(values: Iterable[float]) -> float | None:
    """The mean of the two middle values of an even number; None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
