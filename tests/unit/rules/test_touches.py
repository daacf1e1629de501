"""Where a visit came from."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.activity.visit import Visit, VisitPage
from tracker.rules.sources.touches import touch_entries, touch_of

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def visit(url, referrer=None, hours=0, **more):
    at = NOON + timedelta(hours=hours)
    page = VisitPage(event="e", page="p", url=url, title=None, at=at)
    return Visit(id=f"v{hours}", workspace="w", visitor="b", lead="l", started_at=at, ended_at=at, pages=(page,), referrer=referrer, **more)


@pytest.mark.parametrize(
    ("url", "referrer", "summary"),
    [
        ("https://www.us.example/", None, "Direct"),
        ("https://www.us.example/", "https://us.example/pricing", "Direct"),
        ("https://www.us.example/", "https://www.linkedin.com/feed", "linkedin.com"),
        (
            "https://us.example/?utm_source=google&utm_medium=cpc&utm_term=route+planning",
            "https://google.com/",
            "google / cpc, route planning",
        ),
        ("https://us.example/?UTM_Campaign=Spring", None, "Spring"),
        ("https://us.example/?gclid=abc", "https://google.com/", "Google Ads"),
        ("https://us.example/?utm_source=%20&utm_medium=", None, "Direct"),
        ("https://[bad", "http://[bad", "Direct"),
        ("", "android-app://com.slack", "com.slack"),
    ],
)
def test_a_touch_in_words(url, referrer, summary):
    """Campaign, else advertising network, else referrer of another host."""
    assert touch_of(visit(url, referrer)).summary == summary


def test_a_link_of_an_email_is_one():
    """Unless it has a campaign of its own."""
    assert touch_of(visit("https://us.example/", "https://mail.example/", click="c")).summary == "Email or personal link"
    assert touch_of(visit("https://us.example/?utm_source=news", click="c")).summary == "news"


def test_what_conditions_compare():
    """The summary and each part of it, for both ends."""
    first, last = (
        touch_of(visit("https://us.example/?utm_source=Google&gclid=1")),
        touch_of(visit("https://us.example/", "https://a.example/x")),
    )
    found = [entry.partition("\x1f")[::2] for entry in touch_entries(first, last)]
    assert found == [("first_touch", "google"), ("first_touch", "google ads"), ("last_touch", "a.example")]
    assert touch_entries(None, None) == ()
