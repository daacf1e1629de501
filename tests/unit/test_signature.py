"""Signatures are plain HTML, whatever was pasted."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.mail.signature import clean_signature


@pytest.mark.parametrize(
    ("given_html", "kept"),
    [
        ("<p>Rita <b>Lopes</b><br>+1 555 0100</p>", "<p>Rita <b>Lopes</b><br>+1 555 0100</p>"),
        ('<a href="https://us.example/?a=1&amp;b=2" onclick="x()">us</a>', '<a href="https://us.example/?a=1&amp;b=2">us</a>'),
        ('<a href="java\nscript:alert(1)">x</a>', "<a>x</a>"),
        ("<script>alert(1)</script>after", "after"),
        ("<style>p{}</style><img src=x onerror=alert(1)>text", "text"),
        ("<p>open <b>bold", "<p>open <b>bold</b></p>"),
        ("</p></div>text", "text"),
        ("<p><b>crossed</p></b>", "<p><b>crossed</b></p>"),
        ("Rita & Tom < everyone", "Rita &amp; Tom &lt; everyone"),
        ("<table><tr><td>cell</td></tr></table>", "cell"),
        ("", ""),
    ],
)
def test_what_is_kept(given_html, kept):
    """Text, paragraphs, emphasis, lists and links; nothing that runs or loads."""
    assert clean_signature(given_html) == kept


class Elements(HTMLParser):
    """Collects elements and attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<a href=",
                '"https://x"',
                ">",
                "<script>",
                "</script>",
                "<svg onload=",
                "<!--",
                "-->",
                "<",
                "&lt;b",
                "'",
                "<b/",
                "text",
            ]
        ),
        max_size=12,
    )
)
def test_nothing_else_comes_out(parts):
    """For broken input too; cleaning again changes nothing."""
    cleaned = clean_signature("".join(parts))
    elements = Elements()
    elements.feed(cleaned)
    assert set(elements.found) <= {("p", ()), ("a", ()), ("a", ("href",)), ("b", ())}
    assert clean_signature(cleaned) == cleaned
