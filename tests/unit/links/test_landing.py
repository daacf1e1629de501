"""Addresses with and without landing tokens."""

import pytest

from tracker.links.landing import NAME, with_landing, without_landing

TOKEN = "A" * 50 + "." + "b-_" * 14 + "c"
GIVEN = "v.0123456789abcdef01234567.1790000000000"


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://a.example/p?ll={}", "https://a.example/p"),
        ("https://a.example/p?ll={}#f", "https://a.example/p#f"),
        ("https://a.example/p?x=1&ll={}&y=2#f", "https://a.example/p?x=1&y=2#f"),
        ("https://a.example/p?ll={}&utm_source=a%20b", "https://a.example/p?utm_source=a%20b"),
        ("https://a.example/p?ll={0}&ll={0}&LL={0}", "https://a.example/p"),
        ("https://a.example/p?ll={}%27)", "https://a.example/p"),
        ("https://a.example/#/p?ll={}", "https://a.example/#/p"),
        ("https://a.example/in?next=%2Fp%3Fll%3D{}%26x%3D1&y=2", "https://a.example/in?next=%2Fp%3Fx%3D1&y=2"),
        ("https://a.example/in?next=%2Fp%3fll%3d{}", "https://a.example/in?next=%2Fp"),
        ("https://a.example/p?visit={}", "https://a.example/p"),
    ],
)
@pytest.mark.parametrize("value", [TOKEN, GIVEN])
def test_tokens_and_handed_over_names_are_removed(url: str, clean: str, value: str) -> None:
    """Wherever they stand, under the site's name of the parameter and the usual one; every other byte stays."""
    assert without_landing(url.format(value), "visit") == clean


@pytest.mark.parametrize(
    "text", ["", "https://a.example/map?ll=52.5,13.4", "https://a.example/?all=" + TOKEN, "mailto:a@b.example", "contact"]
)
def test_other_addresses_stay(text: str) -> None:
    """Also the site's own parameter of this name."""
    assert without_landing(text) == text


@pytest.mark.parametrize(
    ("url", "parameter", "landed"),
    [
        ("https://a.example/p?x#f", "visit", "https://a.example/p?x&visit=T#f"),
        ("https://a.example/p?x#f", "", "https://a.example/p?x#f"),
        ("https://a.example/p?ll=52.5,13.4", "ll", "https://a.example/p?ll=52.5,13.4"),
        ("https://a.example/p?a=1&%6Cl=", "ll", "https://a.example/p?a=1&%6Cl="),
        ("https://a.example/p?ll", "ll", "https://a.example/p?ll"),
        ("https://a.example/p?ll=1", "visit", "https://a.example/p?ll=1&visit=T"),
    ],
)
def test_the_parameter_is_the_sites_choice(url: str, parameter: str, landed: str) -> None:
    """None, or one that the address does not have already."""
    assert with_landing(url, "T", parameter) == landed


@pytest.mark.parametrize(
    ("name", "is_allowed"), [("visit", True), ("_x", False), ("a b", False), ("x" * 33, False), ("a(", False), ("a\n", False)]
)
def test_names_of_the_parameter_need_no_escaping(name: str, *, is_allowed: bool) -> None:
    """Neither in an address nor in a pattern."""
    assert bool(NAME.match(name)) is is_allowed
