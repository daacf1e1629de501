"""Amounts with as many decimals as their currency has."""

import pytest

from tracker.base.errors import Invalid
from tracker.base.money import exact_money, money, parsed_money, sums, typed_money


@pytest.mark.parametrize(
    ("amount", "currency", "exact", "typed", "short"),
    [
        (150050, "EUR", "1,500.50 EUR", "1500.50", "€1,500.50"),
        (-150000, "EUR", "-1,500.00 EUR", "-1500.00", "€-1,500"),
        (1500, "JPY", "1,500 JPY", "1500", "1,500 JPY"),
        (1500500, "KWD", "1,500.500 KWD", "1500.500", "1,500.500 KWD"),
        (10**17 + 1, "USD", "1,000,000,000,000,000.01 USD", "1000000000000000.01", "$1,000,000,000,000,000.01"),
    ],
)
def test_decimals_are_those_of_the_currency(amount, currency, exact, typed, short):
    assert (exact_money(amount, currency), typed_money(amount, currency), money(amount, currency)) == (exact, typed, short)
    if abs(amount) < 10**15:
        assert parsed_money("amount", typed, currency) == amount


def test_what_is_typed_has_no_more_decimals_than_its_currency():
    assert (parsed_money("a", "1500,50", "chf"), parsed_money("a", "2.5", "JPY", is_rounded=True), parsed_money("a", "inf", "EUR")) == (
        150050,
        2,
        -1,
    )
    for text, currency in (("1.5", "JPY"), ("1.505", "EUR"), ("x", "EUR"), ("1.0001", "KWD")):
        with pytest.raises(Invalid):
            parsed_money("a", text, currency)
    assert sums({"JPY": 5, "EUR": 1000}) == "€10 + 5 JPY"
