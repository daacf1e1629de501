"""The summary of a visit reads like a sentence a colleague would say."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tracker.domain.activity.form import FormKind
from tracker.domain.activity.visit import Visit, VisitAct, VisitPage
from tracker.rules.replay_text import click_text, length_of, sentence_of

START = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)


def visit(*pages: tuple[str, int], acts: tuple[VisitAct, ...] = ()) -> Visit:
    """A visit of these pages: (path, active seconds)."""
    made = tuple(
        VisitPage(
            event=f"e{i}",
            page=f"p{i}",
            url=f"https://acme.test{path}",
            title=None,
            at=START + timedelta(minutes=i),
            active_ms=active * 1000,
        )
        for i, (path, active) in enumerate(pages)
    )
    return Visit(
        id="v", workspace="w", visitor="b", lead="l", started_at=START, ended_at=START + timedelta(minutes=9), pages=made, acts=acts
    )


def act(kind: str, target: str | None = None) -> VisitAct:
    """Something done on a page."""
    return VisitAct(event="a", kind=kind, at=START, page="p0", url=None, target=target)


@pytest.mark.parametrize(("ms", "words"), [(0, "0:00"), (7_400, "0:07"), (400_000, "6:40"), (3_730_000, "1:02:10"), (-5, "0:00")])
def test_durations_have_minutes_and_seconds(ms, words):
    """And hours if there are any."""
    assert words == length_of(ms)


def test_the_sentence_of_the_specification():
    """Half on pricing, form opened and not sent."""
    seen = visit(("/pricing", 200), ("/product", 120), ("/contact", 80))
    assert sentence_of([seen], ["/contact"]) == "6:40 active. Half of it on Pricing; opened the form, did not send."


def test_a_sent_form_is_named():
    """As sent, not as opened."""
    seen = visit(("/contact", 60), acts=(act("submit"),))
    assert sentence_of([seen], ["/contact"]) == "1:00 active. All of it on Contact; sent the form."


def test_other_forms_are_named_as_what_they_are():
    """The form of the contact page was not sent all the same."""
    signed_in = msgspec.structs.replace(act("submit"), form_kind=FormKind.SIGN_IN)
    seen = visit(("/contact", 60), acts=(signed_in,))
    assert sentence_of([seen], ["/contact"]) == "1:00 active. All of it on Contact; opened the form, did not send; signed in."


def test_downloads_and_outbound_clicks_are_named_but_not_all():
    """Two are named, the rest are counted."""
    acts = (
        act("download", "https://acme.test/files/guide.pdf"),
        act("click", "https://linkedin.com/acme"),
        act("click", "https://x.test/"),
        act("click", "https://y.test/"),
    )
    assert (
        sentence_of([visit(("/", 10), acts=acts)])
        == "0:10 active. All of it on Home; downloaded guide.pdf; followed a link to linkedin.com; 2 more clicks."
    )


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ((("/a", 99), ("/b", 1)), "nearly all of it on A"),
        ((("/a", 60), ("/b", 40)), "most of it on A"),
        ((("/a", 36), ("/b", 32), ("/c", 32)), "a third of it on A"),
        ((("/a", 26), ("/b", 25), ("/c", 25), ("/d", 24)), "longest on A (0:26)"),
    ],
)
def test_the_longest_page_is_named_by_its_share(pages, words):
    """The share of the active time on one page."""
    assert words in sentence_of([visit(*pages)]).lower().replace(" on a", " on A")


def test_a_visit_without_heartbeats_has_no_active_time():
    """The time is unknown, and the text says so."""
    assert sentence_of([visit(("/", 0))]) == "Short visit; no active time recorded. On Home."


def test_all_visits_of_a_lead():
    """Several visits are counted, their time summed."""
    assert sentence_of([visit(("/a", 30)), visit(("/a", 30))]) == "2 visits, 1:00 active. All of it on A."


def test_a_visit_without_pages_says_so():
    """Nothing else is known of it."""
    assert sentence_of([]) == "No pages seen."


@pytest.mark.parametrize(
    ("target", "text", "said"),
    [
        (None, "Compare plans", "Clicked “Compare plans”"),
        (None, None, "Clicked a button"),
        ("https://acme.test/pricing", "See prices", "Clicked “See prices”"),
        ("https://acme.test/pricing", None, "Clicked the link to Pricing"),
        ("https://other.test/x", "Partner", "Followed the link “Partner” to other.test"),
        ("https://other.test/x", None, "Followed a link to other.test"),
        ("tel:+4930123", "Call us", "Clicked the phone number +4930123"),
        ("mailto:a@acme.test?subject=x", None, "Clicked the email address a@acme.test"),
    ],
)
def test_clicks_say_what_was_clicked(target: str | None, text: str | None, said: str) -> None:
    """With the words that stand there, where they are known."""
    assert click_text(target, text, "https://acme.test/") == said
