"""Page names are short, plain and never empty."""

import pytest

from tracker.rules.page_names import page_name


@pytest.mark.parametrize(
    ("url", "title", "name"),
    [
        ("https://acme.test/pricing", "Pricing – Acme Tools", "Pricing"),
        ("https://acme.test/pricing", "Pricing | Acme - the tools", "Pricing"),
        ("https://acme.test/", None, "Home"),
        ("https://acme.test", "", "Home"),
        ("https://acme.test/blog/how-we-work.html", None, "How we work"),
        ("https://acme.test/a%20b/", None, "A b"),
        ("http://[broken", None, "a page"),
        (None, None, "a page"),
        ("https://acme.test/x", "Line\none\x00two", "Line one two"),
        ("https://acme.test/x", " | Acme", "| Acme"),
    ],
)
def test_a_page_is_named_by_its_title_or_its_path(url, title, name):
    """The first part of the title; without a title, the last part of the path."""
    assert name == page_name(url, title)


def test_long_titles_are_cut():
    """A title of 100 kB does not flood a line."""
    assert len(page_name("https://acme.test/", "x" * 100_000)) == 60
