"""First verdicts: what one request shows."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.activity.event import EventKind, Label
from tracker.rules.verdicts.first import RequestFacts, first_verdict

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
WEBKIT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"


def label_of(agent: str = CHROME, kind: EventKind = EventKind.OPEN, **more) -> Label:
    return first_verdict(RequestFacts(kind=kind, agent=agent, headers=more.pop("headers", {}), at=NOON, **more)).label


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", Label.PROXY),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", Label.PROXY),
        ("Mozilla/5.0", Label.PREFETCH),
        (
            "Mozilla/5.0 (X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
            Label.PREFETCH,
        ),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)", Label.HUMAN),
        ("Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.17928; ms-office; MSOffice 16)", Label.HUMAN),
        ("Outlook-iOS/723.4027091.prod.iphone (4.28.0)", Label.HUMAN),
        ("Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Thunderbird/128.4.0", Label.HUMAN),
        ("Microsoft Office Existence Discovery", Label.SCANNER),
        ("Mozilla/4.0 (compatible; ms-office; MSOffice 16)", Label.SCANNER),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", Label.SCANNER),
        ("facebookexternalhit/1.1 Facebot Twitterbot/1.0", Label.SCANNER),
        ("python-requests/2.32.3", Label.SCANNER),
        ("curl/8.5.0", Label.SCANNER),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0.0.0 Safari/537.36", Label.SCANNER),
        ("Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", Label.HUMAN),
        ("", Label.UNKNOWN),
        (WEBKIT, Label.HUMAN),
        (CHROME, Label.HUMAN),
    ],
)
def test_known_agents_are_recognised(agent: str, label: Label):
    """Image proxies stand for people; prefetchers, probes, previews and programs do not; an empty agent is unknown."""
    assert label is label_of(agent)


@pytest.mark.parametrize("name", ["sec-purpose", "purpose", "x-purpose", "x-moz"])
def test_a_prefetch_header_marks_a_prefetch(name: str):
    """Browsers send one when they load ahead."""
    assert Label.PREFETCH is label_of(headers={name: "prefetch;prerender"})


@pytest.mark.parametrize(("milliseconds", "label"), [(400, Label.SCANNER), (4000, Label.HUMAN)])
def test_a_click_within_a_second_of_sending_is_a_scanners(milliseconds: int, label: Label):
    """No person can have seen the email by then; four seconds later it may be a fast person."""
    assert label is label_of(kind=EventKind.CLICK, sent_at=NOON - timedelta(milliseconds=milliseconds))


def test_in_the_demo_automated_browsers_count_as_people():
    """The demo listens on loopback only: automated browsers belong to the person who tries it."""
    assert Label.HUMAN is label_of("HeadlessChrome/140", is_demo=True)
