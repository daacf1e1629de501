"""The lines to paste: with consent first in the EEA and the United Kingdom, and the banner where it is on."""

from zoneinfo import available_timezones

import msgspec
import pytest

from tests.scenes import NOON
from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.tracking_policy import TrackingPolicy
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.snippet_lines import _CONSENT_ZONES, csp_line, snippet_lines

SITE = Site(key="5e" * 8, name="Shop", origins=("https://www.acme.example",))
PLAIN = f'<script async src="https://t.acme.example/t.js?s={SITE.key}"></script>'
WAITING = PLAIN.replace("></", ' data-consent="wait"></')


def lines(zone: str, site: Site = SITE, *, is_demo: bool = False, policy: TrackingPolicy | None = None) -> str:
    workspace = Workspace(id="ab" * 8, name="Acme", created_at=NOON, timezone=zone, is_demo=is_demo, tracking_policy=policy)
    return snippet_lines("https://t.acme.example", workspace, site)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Lisbon", WAITING),
        ("Europe/London", WAITING),
        ("Atlantic/Canary", WAITING),
        ("America/Chicago", PLAIN),
        ("Europe/Istanbul", PLAIN),
        ("UTC", PLAIN),
    ],
)
def test_the_snippet_waits_where_consent_is_law(zone: str, expected: str):
    """By the company's time zone."""
    assert lines(zone) == expected


@pytest.mark.parametrize(
    ("country", "degree", "expected"),
    [
        ("PT", Tracking.OFF, WAITING),
        ("PT", Tracking.FULL, WAITING),
        ("US", Tracking.FULL, PLAIN),
        ("US", Tracking.LINKS, PLAIN),
        ("US", Tracking.OFF, WAITING),
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Lisbon", "America/Chicago"])
def test_a_decided_policy_goes_before_the_time_zone(zone: str, country: str, degree: Tracking, expected: str):
    """The company's own country counts. A decision on mail does not lift the law on reading from a browser."""
    policy = TrackingPolicy(own_country=country, countries={country: degree}, decided_by="Rita", decided_at=NOON)
    assert lines(zone, policy=policy) == expected
    assert lines(zone, policy=policy, is_demo=True) == PLAIN


def test_the_demo_does_not_wait():
    """Its visitors are programs."""
    assert lines("Europe/Lisbon", is_demo=True) == PLAIN


def test_the_banner_is_a_second_line_and_waits_everywhere():
    """Else the snippet would record before the answer."""
    site = msgspec.structs.replace(SITE, banner=True)
    assert lines("America/Chicago", site) == f'{WAITING}\n<script async src="https://t.acme.example/b.js?s={SITE.key}"></script>'


def test_the_zones_exist():
    """A mistyped one would never match."""
    assert available_timezones() >= _CONSENT_ZONES


def test_the_sources_for_a_policy_name_the_origin_alone():
    """A path in a source would allow one file only."""
    assert csp_line("https://www.acme.example/track") == "script-src https://www.acme.example; connect-src https://www.acme.example"
