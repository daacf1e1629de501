"""Shortening of names and subjects for titles."""

import pytest

from tracker.rules.alerting.shorten import shorten


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("Dana", 4, "Dana"),
        ("Dana Whitfield", 8, "Dana Wh…"),
        ("Anna-Lena Freifrau von Hohenstein", 26, "Anna-Lena Freifrau von…"),
        ("opened “Offer for the second quarter”", 24, "opened “Offer for the…”"),
        ("opened “Offer v2” and more text", 22, "opened “Offer v2” and…"),
        ("opened “Offer”", 9, "opened…"),
        ("Zoe\u0301 Martin", 5, "Zoe\u0301…"),
        ("Zoe\u0301 Martin", 4, "Zo…"),
        ("A👨\u200d👩\u200d👧 B", 5, "A…"),
        ("Hi 👍🏽 all", 5, "Hi…"),
        ("ab🇩🇪🇫🇷 cd", 6, "ab🇩🇪…"),
        ("ab🇩🇪🇫🇷 cd", 4, "ab…"),
    ],
    ids=["fits", "word too short", "word", "quote", "closed quote", "before a quote", "accent", "accent kept", "family", "skin tone",
         "flag", "half a flag"],
)  # fmt: skip
def test_a_text_is_cut_at_a_word_or_a_whole_character(text: str, longest: int, expected: str):
    """A quotation mark that is open at the cut is closed."""
    assert shorten(text, longest) == expected
    assert len(expected) <= longest
