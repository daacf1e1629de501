"""The pixel's place: at the end of what is shown, and nowhere where it would change anything else. See tests/browser/test_odd_mails.py."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.odd_mails import FRAGMENTS, PARAGRAPHS, WHOLE, WITHOUT_PLACE
from tracker.links.pixel import insert_pixel

URL = "https://go.acme.example/o/P.gif"
_PIXEL = re.compile(r'<img src="https://go\.acme\.example/o/P\.gif" width="1" height="1" alt="" style="[^"]*">')


def placed(html: str) -> str | None:
    """The HTML with `(P)` for each pixel."""
    found = insert_pixel(html, URL)
    return None if found is None else _PIXEL.sub("(P)", found)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<html><body class=x><p>Hi</p></body></html>", "<html><body class=x><p>Hi</p>(P)</body></html>"),
        ("<p>Hi</p>", "<p>Hi</p>(P)"),
        ("<!DOCTYPE html>\n<html><head></head><p>Hi</html>", "<!DOCTYPE html>\n<html><head></head><p>Hi(P)</html>"),
        ("<!DOCTYPE html><p>Hi", "<!DOCTYPE html><p>Hi(P)"),
        ("", "(P)"),
        ("<body>a</body>b</body>", "<body>a</body>b(P)</body>"),
        ("<body>a</body>b", "<body>a</body>b(P)"),
        ("<body>a</body></html><!-- c -->\n", "<body>a(P)</body></html><!-- c -->\n"),
        ("<p><b>Hi</p></body>", "<p><b>Hi(P)</p></body>"),
        ("<p><b>Hi</p>\n</body>", "<p><b>Hi</p>\n(P)</body>"),
        ("<table><tr><td>Hi</td></tr></body>", "<table><tr><td>Hi(P)</td></tr></body>"),
        ("<table><tr><td><b>Hi</td></tr></table></body>", "<table><tr><td><b>Hi</td></tr></table>(P)</body>"),
        ("<style>p{}</style><p>Hi</p>", "<style>p{}</style><p>Hi</p>(P)"),
        ("<p>Hi</p><select><option>1", "<p>Hi(P)</p><select><option>1"),
    ],
)
def test_the_pixel_stands_at_the_end(html: str, expected: str) -> None:
    """Before the end of the body, else behind the last text."""
    assert placed(html) == expected


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<!DOCTYPE html><html><body>", PARAGRAPHS),
        ("\ufeff<!-- built -->\n<!DOCTYPE html><html><head><title>x</title></head>\n", PARAGRAPHS),
        ("<style>p{}</style><meta charset=utf-8>\n ", f"Hello{PARAGRAPHS}"),
        ("<head><noscript>words <b></noscript></head><body class=x>", PARAGRAPHS),
    ],
)
def test_a_long_mail_has_one_at_its_top_too(head: str, body: str) -> None:
    """Gmail shows the first 102 kB. What belongs to the head stays before it."""
    assert placed(f"{head}{body}</body>") == f"{head}(P){body}(P)</body>"


@pytest.mark.parametrize("html", WITHOUT_PLACE)
def test_what_is_cut_off_has_none(html: str) -> None:
    """There, a pixel would be text, or nothing."""
    assert placed(html) is None


def test_the_size_holds_against_the_mails_own_rules() -> None:
    """A rule for phones, such as `img{width:100%!important}`, would make it large."""
    assert "width:1px!important" in str(insert_pixel(WHOLE["important"], URL))
    assert "important" not in str(insert_pixel(WHOLE["table"], URL))


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text("<>a/ !-\"'=", max_size=4), max_size=25))
def test_every_other_byte_stays(parts: list[str]) -> None:
    """Of any markup."""
    html = "".join(parts)
    assert (placed(html) or html).replace("(P)", "") == html
