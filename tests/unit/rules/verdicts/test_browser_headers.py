"""Headers of a navigation: what each browser sends, and what contradicts its name."""

from random import Random

import pytest

from tests.scenarios import browsers
from tests.scenarios.browsers import MAC, NEWEST, WINDOWS, brands, chromium, navigation
from tracker.rules.verdicts.browser_headers import contradicts_agent, expects_fetch_metadata, is_as_sent_by, is_navigation, is_true_webkit
from tracker.rules.verdicts.user_agents.classify import agent_of

FIREFOX = f"Mozilla/5.0 ({WINDOWS}; rv:147.0) Gecko/20100101 Firefox/147.0"
SAFARI = f"Mozilla/5.0 ({MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
EVERY = (
    browsers.chrome, browsers.edge, browsers.derived, browsers.firefox, browsers.safari, browsers.iphone, browsers.iphone_other,
    browsers.iphone_app, browsers.android, browsers.samsung, browsers.android_app,
)  # fmt: skip


@pytest.mark.parametrize("make", EVERY, ids=lambda make: make.__name__)
@pytest.mark.parametrize("https", [True, False])
def test_no_browser_of_a_person_contradicts_itself(make, *, https: bool):
    """Forty of each make: headers fit the agent, over https and http."""
    for seed in range(40):
        agent, headers = make(Random(seed), "de-DE,de;q=0.9", https=https)
        known = agent_of(agent)
        assert (is_as_sent_by(known, agent, headers, is_https=https), contradicts_agent(known, agent, headers)) == (True, False), agent


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (chromium(NEWEST), True),
        (chromium(79), False),
        (FIREFOX, True),
        (FIREFOX.replace("147", "78"), False),
        (SAFARI, True),
        (SAFARI.replace("18.5", "16.3"), False),
        (f"{IOS} CriOS/{NEWEST}.0.1 Mobile/15E148 Safari/604.1", False),
        (f"{IOS} FxiOS/147.0 Mobile/15E148 Safari/604.1", False),
        (f"{IOS} Mobile/15E148", False),
    ],
)
def test_who_sends_fetch_metadata(agent: str, *, expected: bool):
    """Chrome from 80, Firefox from 90, Safari from 16.4 (17 here, since the minor version is not read); not what runs on old iOS."""
    assert expects_fetch_metadata(agent_of(agent), agent) is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, True),
        ({"accept": "text/html,*/*"}, True),
        ({"accept": "*/*"}, False),
        ({"accept": "text/html", "sec-fetch-mode": "no-cors"}, False),
        ({"sec-fetch-mode": "navigate"}, True),
    ],
)
def test_a_navigation_asks_for_a_page(headers: dict, *, expected: bool):
    """Headers that were not kept are no sign."""
    assert is_navigation(headers) is expected


@pytest.mark.parametrize(
    ("agent", "headers"),
    [
        (SAFARI, {"sec-ch-ua": brands(NEWEST)}),
        (SAFARI, {"sec-fetch-mode": "navigate", "sec-fetch-user": "?1"}),
        (FIREFOX, {"sec-ch-ua": brands(NEWEST)}),
        (chromium(140), {"sec-ch-ua": brands(NEWEST)}),
    ],
)
def test_chromium_under_another_name_is_found(agent: str, headers: dict):
    """Client hints are Chromium's only, and WebKit sends no Sec-Fetch-User."""
    assert contradicts_agent(agent_of(agent), agent, headers)
    assert not is_true_webkit(agent_of(agent), agent, headers)


def test_true_webkit():
    """Safari with its own headers."""
    assert is_true_webkit(agent_of(SAFARI), SAFARI, navigation("en", user=False))
