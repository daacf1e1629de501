"""Confidential parts of addresses: what is removed, and that nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.links.confidential_cases import CASES
from tracker.domain.workspace.address_privacy import DEFAULT_WORDS
from tracker.links.confidential import confidential, has_removed_parts, page_mark

RULE = confidential(DEFAULT_WORDS)


@pytest.mark.parametrize(("url", "stored"), CASES)
def test_confidential_parts_are_removed(url: str, stored: str) -> None:
    """Names stay; the edge may apply the rule to what the snippet has cleaned."""
    assert RULE.cleaned(url) == stored
    assert RULE.cleaned(stored) == stored
    assert has_removed_parts(stored) == ("…" in stored)


def test_the_words_are_the_workspaces() -> None:
    """Also words with other letters, as browsers encode them."""
    rule = confidential(("schlüssel", "kunde"))

    assert rule.cleaned("/?schl%C3%BCssel=a&kundeNr=b&token=c&SCHL%C3%BCSSEL=d") == "/?schl%C3%BCssel=…&kundeNr=…&token=c&SCHL%C3%BCSSEL=…"


@given(st.text(alphabet=st.sampled_from("a1/?#&=;%25:@.-…ü token"), max_size=60))
def test_any_text_is_accepted_and_a_second_call_changes_nothing(text: str) -> None:
    """Addresses come from outside."""
    once = RULE.cleaned(text)
    assert RULE.cleaned(once) == once


def test_long_nested_texts_are_quick() -> None:
    """Neither depth nor length lets the rule fail."""
    for piece in ("=a", "?a", "%253D", "&a=", ";", "/a1", "#=", "%25" * 3):
        RULE.cleaned(f"https://a.example/?x={piece * (1_900 // len(piece))}")


@pytest.mark.parametrize(
    ("written", "reported"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://A.example/a b?x=ü#top", "https://a.example/a%20b?x=%C3%BC"),
        ("https://a.example/x?", "https://a.example/x"),
        ("https://bücher.example/?key=1&b=%C3%A4", "https://xn--bcher-kva.example/?key=1&b=ä"),
    ],
)
def test_a_page_has_one_mark(written: str, reported: str) -> None:
    """As a rep wrote its address and as the browser reports it; another query is another page."""
    assert page_mark(written) == page_mark(reported)
    assert page_mark(written) != page_mark(f"{reported}?a=2")
