"""Amounts in the currency of the workspace; the definition is `amounts.Converter`, which rows take whose numbers are too large here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from tracker.base.money import decimals_of
from tracker.domain.pipeline.rate import Rate
from tracker.rules.reports.amounts import Converter
from tracker.rules.reports.columns.names import NOTHING
from tracker.rules.reports.columns.tables import Array
from tracker.rules.reports.columns.view import View

_MOST = 2**61
"""Products above this could leave 64 bits."""


@dataclass(frozen=True)
class ConvertedAmounts:
    """As `Converted`, and what has no rate apart."""

    amount: Array
    is_estimated: Array
    foreign: Array
    foreign_amount: Array


def converted(view: View, amounts: Array, currencies: Array, days: Array) -> ConvertedAmounts:
    """Amounts in minor units, the number of the currency of each (none: the amount is 0), and its day."""
    own = (currencies == view.names.known(view.facts.currency)) | (currencies == NOTHING)
    amount, estimated = np.where(own, amounts, 0), np.zeros(len(amounts), dtype=bool)
    foreign = np.full(len(amounts), NOTHING, dtype="i4")
    for code in np.unique(currencies[~own]).tolist():
        places = np.flatnonzero(currencies == code)
        currency = view.names.texts[code]
        rates = sorted((rate for rate in view.facts.rates if rate.currency == currency), key=lambda rate: rate.on)
        if not rates:
            foreign[places] = code
            continue
        at = np.searchsorted(np.array([rate.on.toordinal() for rate in rates]), days[places], side="right")
        estimated[places] = at == 0
        amount[places] = _times(view, amounts[places], rates, np.maximum(at - 1, 0), days[places])
    return ConvertedAmounts(amount, estimated, foreign, np.where(foreign >= 0, amounts, 0))


def _times(view: View, amounts: Array, rates: Sequence[Rate], at: Array, days: Array) -> Array:
    """Each amount by one of the rates, rounded half to even."""
    shift = decimals_of(view.facts.currency) - decimals_of(rates[0].currency)
    pairs = [Decimal(rate.rate).scaleb(shift).as_integer_ratio() for rate in rates]
    most = int(np.abs(amounts).max(initial=0))
    if any(above * max(most, 1) > _MOST or below > _MOST for above, below in pairs):
        return _one_by_one(view, amounts, rates[0].currency, days)
    above, below = np.array(pairs, dtype="i8")[at].T
    product = amounts * above
    whole = product // below
    rest = 2 * (product - whole * below)
    is_up = (rest > below) | ((rest == below) & (whole % 2 == 1))
    return np.asarray(whole + is_up)


def _one_by_one(view: View, amounts: Array, currency: str, days: Array) -> Array:
    converter = Converter(view.facts.currency, view.facts.rates)
    found = [
        converter.convert(amount, currency, date.fromordinal(day)) for amount, day in zip(amounts.tolist(), days.tolist(), strict=True)
    ]
    return np.array([one.amount if one else 0 for one in found], dtype="i8")
