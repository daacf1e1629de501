"""The footer stands at the end of the body, and in no place where browsers would move it."""

import pytest

from tracker.links.footer import append, choice_link, choice_question

FOOT = "<a>F</a>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<html><body><p>Hi</p></body></html>", "<html><body><p>Hi</p><a>F</a></body></html>"),
        ("<p>Hi</p></html>\n", "<p>Hi</p><a>F</a></html>\n"),
        ("Hi", "Hi<a>F</a>"),
        ("", "<a>F</a>"),
        ("<svg><circle /></svg></body>", "<svg><circle /></svg><a>F</a></body>"),
        ("<table><tr><td>Hi</td></tr></body></html>", "<table><tr><td>Hi<a>F</a></td></tr></body></html>"),
        ("<p>Hi</p><select><option>x</body>", "<p>Hi</p><a>F</a><select><option>x</body>"),
        ("<p>Hi</p><noscript></body>", "<p>Hi</p><a>F</a><noscript></body>"),
        ("<p>Hi <a href=x>x</a></p><math>x", "<p>Hi <a href=x>x</a></p><a>F</a><math>x"),
        ("<p><b>Hi</p><svg><g>", "<p><b>Hi<a>F</a></p><svg><g>"),
        ("<table><tr><td><a href=x>x</a></td></body>", "<table><tr><td><a href=x>x</a><a>F</a></td></body>"),
        ("<p><b>Hi</p><hr></body>", "<p><b>Hi</p><hr><a>F</a></body>"),
        ('<p>Hi</p><hr><a href="https://x.example', '<p>Hi</p><hr><a>F</a><a href="https://x.example'),
        ("<p>Hi</p><style>p{", "<p>Hi</p><a>F</a><style>p{"),
        ("<p>Hi</p><textarea>", "<p>Hi</p><a>F</a><textarea>"),
        ("<p>Hi</p><plaintext>x", "<p>Hi</p><a>F</a><plaintext>x"),
        ("<p>Hi<!-- x", "<p>Hi<a>F</a><!-- x"),
    ],
)
def test_its_place(html: str, expected: str) -> None:
    """Before the end of the body; behind the last text where that end is in a table or the like; before what is cut off."""
    assert append(html, FOOT) == expected


@pytest.mark.parametrize("html", ["<frameset><frame src=x></frameset>", "<select><option>x"])
def test_no_place(html: str) -> None:
    """A document that cannot show it stays as it is."""
    assert append(html, FOOT) == html


def test_addresses_and_words_are_escaped() -> None:
    """Both come from settings and texts."""
    for made in (choice_link('x"y', "a<b", "en"), choice_question('x"y', "a<b", "c&d", "en")):
        assert 'href="x&quot;y"' in made
        assert "a&lt;b" in made
