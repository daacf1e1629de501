"""Amounts of money in words: `€12,400`, `1,500.50 CHF`. Pure."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from tracker.base.errors import Invalid

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def money(amount: int, currency: str) -> str:
    """An amount in minor units (cents) with its currency; whole amounts without cents."""
    text = f"{amount / 100:,.2f}".removesuffix(".00")
    return f"{_SIGNS[currency]}{text}" if currency in _SIGNS else f"{text} {currency}"


def sums(amounts: Mapping[str, int]) -> str:
    """Sums in several currencies, the largest number first: `€12,400 + $300`."""
    return " + ".join(money(amount, currency) for currency, amount in sorted(amounts.items(), key=lambda one: -one[1]) if amount)


def parsed_cents(field: str, text: str) -> int:
    """The minor units of a typed amount such as `1500` or `1500.50`. Raises Invalid."""
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise Invalid(field, "must be a number such as 1500 or 1500.50") from None
    return int(amount * 100) if amount.is_finite() else -1
