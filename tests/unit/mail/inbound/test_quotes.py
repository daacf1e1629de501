"""What a person wrote in a reply, beside the quoted mail of every mail program: no more, and no less."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.mail.inbound.quoted_mails import ATTRIBUTIONS, LAYOUTS, OLD, OWN_SENTENCES, WRAPPED
from tests.unit.mail.inbound.samples import OURS, mail
from tests.unit.mail.inbound.test_reader import NOW
from tracker.mail.inbound.reader import read_mail

OWN = "Yes, on 3 occasions.\nCall me: 10:00 is fine."


def read(text, kind="text/plain"):
    return read_mail(mail(text, f"In-Reply-To: {OURS}", f"Content-Type: {kind}; charset=utf-8").encode(), NOW)


def own_text(text, kind="text/plain"):
    return re.sub(r"\n+", "\n", read(text, kind).text)


def paragraphs(text):
    return "".join(f"<div>{html.escape(line)}</div>" for line in text.split("\n"))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_quoted_mail_of_html_is_not_the_senders(layout):
    """Whatever element, border, header lines or attribution marks it; it is kept as what was quoted."""
    found = read(f"<html><body>{paragraphs(OWN)}{layout}</body></html>", "text/html")
    assert re.sub(r"\n+", "\n", found.text) == OWN
    assert OLD in found.quoted


@pytest.mark.parametrize("line", [*ATTRIBUTIONS.values(), *WRAPPED.values()], ids=[*ATTRIBUTIONS, *(f"wrapped {one}" for one in WRAPPED)])
def test_an_attribution_in_seven_languages(line):
    """Above lines with and without marks, and beside an own line that looks like its begin."""
    assert own_text(f"{OWN}\n\n{line}\n\n{OLD}\n{OLD}") == OWN
    assert own_text(f"On Friday 11 we meet.\n{line}\n> {OLD}\n\nYes.\n> {OLD}\nNo.") == "On Friday 11 we meet.\nYes.\nNo."
    assert own_text(f"{paragraphs(OWN)}<div>{html.escape(line)}</div><blockquote>{OLD}</blockquote>", "text/html") == OWN


@pytest.mark.parametrize("sentence", OWN_SENTENCES)
def test_an_own_sentence_is_kept(sentence):
    text = f"{sentence}\nPlease call me.\nThanks."
    assert own_text(text) == text
    for shape in ("<hr>{}", "<blockquote style='margin:0 0 0 40px;border:none'>{}</blockquote>", "<div style='border-left:none'>{}</div>"):
        assert own_text(shape.format(paragraphs(text)), "text/html") == text


LINES = st.lists(
    st.text("aé9Ω語.,!?()'\"&</ ", min_size=2, max_size=30).map(lambda line: f"{' '.join(line.split())}x"), min_size=1, max_size=4
)


@settings(max_examples=50, deadline=None)
@given(
    LINES, st.sampled_from(sorted(LAYOUTS)), st.sampled_from(["<div>", "<p>", "<blockquote>", "<ul><li>", "<table><tr><td>", "<hr><div>"])
)
def test_no_own_text_is_lost(lines, layout, element):
    """Any text in any element above any quoted mail is the sender's, and the quoted mail is not."""
    marks = re.findall(r"<(\w+)>", element)
    end = "".join(f"</{one}>" for one in reversed(marks) if one != "hr")
    own = "".join(f"{element}{html.escape(line)}{end}" for line in lines)
    expected = [f"- {line}" if "<li>" in element else line for line in lines]
    assert own_text(own + LAYOUTS[layout], "text/html").split("\n") == expected
