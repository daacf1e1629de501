"""Amounts of money: minor units, as many of them to one unit as ISO 4217 says, in words and as typed. Pure."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from tracker.base.errors import Invalid

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
_USUAL = 2
_MOST = Decimal(10) ** 15
_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_DECIMALS = {
    **dict.fromkeys(_WITHOUT.split(), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
UNUSUAL = tuple(_DECIMALS)
"""The currencies whose minor unit is not a hundredth."""


def decimals_of(currency: str) -> int:
    """How many decimals the amounts of a currency have: 2 of euros, none of yen, 3 of Kuwaiti dinars."""
    return _DECIMALS.get(currency.strip().upper(), _USUAL)


def exact_money(amount: int, currency: str) -> str:
    """An amount in minor units with all decimals: `1,500.00 EUR`, `1,500 JPY`."""
    return f"{_units(amount, currency):,.{decimals_of(currency)}f} {currency}"


def typed_money(amount: int, currency: str) -> str:
    """An amount in minor units as it is typed: `1500.00`, `1500` of yen."""
    return f"{_units(amount, currency):.{decimals_of(currency)}f}"


def money(amount: int, currency: str) -> str:
    """An amount in minor units for reading: `€12,400`, `1,500.50 CHF`; whole amounts without decimals."""
    units = _units(amount, currency)
    text = f"{units:,.0f}" if units == units.to_integral_value() else f"{units:,.{decimals_of(currency)}f}"
    return f"{_SIGNS[currency]}{text}" if currency in _SIGNS else f"{text} {currency}"


def _units(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-decimals_of(currency))


def sums(amounts: Mapping[str, int]) -> str:
    """Sums in several currencies, the largest number first: `€12,400 + $300`."""
    return " + ".join(money(amount, currency) for currency, amount in sorted(amounts.items(), key=lambda one: -one[1]) if amount)


def parsed_money(field: str, text: str, currency: str, *, is_rounded: bool = False) -> int:
    """The minor units of a typed amount such as `1500` or `1500.50`. Raises Invalid, also for more decimals than the currency has, unless
    these are rounded.
    """
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise Invalid(field, "must be a number such as 1500 or 1500.50") from None
    if not amount.is_finite() or abs(amount) > _MOST:
        return -1  # which no amount may be
    found = amount.scaleb(decimals_of(currency))
    if found != found.to_integral_value() and not is_rounded:
        raise Invalid(field, f"must have no more decimals than the currency: {decimals_of(currency) or 'none'}")
    return int(found.to_integral_value())
