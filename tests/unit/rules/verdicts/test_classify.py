"""Verdicts on the opens and clicks of a message: guards, holds, corrections, repeats."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios import browsers
from tests.scenarios.addresses import networks
from tests.unit.rules.verdicts.evidence_samples import (
    CHROME,
    CLOUD,
    EOP,
    HEADERS,
    HOME,
    RELAY,
    SENT,
    VENDOR,
    classified,
    event,
    evidence,
    landing,
    verdict,
)  # fmt: skip
from tracker.domain.activity.event import EventKind, Label
from tracker.rules.verdicts.classify import HOLD, LONG_HOLD, changed, classify
from tracker.rules.verdicts.evidence import Probe, ProbeKind, Recipient, ScanProfile
from tracker.rules.verdicts.request import prefix_of

OPEN = EventKind.OPEN
SCANNING = Recipient(domain="customer.test", scans=True)
LIVE = frozenset({"click60-1", "click200-1"})
IOS_APP = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
LIBRARY = {"accept": "*/*"}


def test_a_certain_person_is_not_held():
    """A complete browser, ten minutes after sending, on a domain that is not known to scan."""
    found = classified(event(700), after=0)
    assert (found.verdicts["click700-1"].label, found.look_again_at) == (Label.HUMAN, None)


@pytest.mark.parametrize(
    ("seconds", "more", "hold"),
    [
        (300, {}, HOLD),
        (700, {"recipient": SCANNING}, HOLD),
        (200, {"recipient": SCANNING}, LONG_HOLD),
        (60, {"live_clicks": LIVE}, LONG_HOLD),
        (200, {"live_clicks": LIVE}, HOLD),
        (700, {"sent_at": None}, HOLD),
    ],
    ids=["young", "scanning domain", "scanning domain, young", "first two minutes", "after two minutes", "time of sending unknown"],
)
def test_what_is_not_certain_is_held(seconds: float, more: dict, hold: timedelta):
    """Unsure until the hold ends, and then looked at again."""
    click = event(seconds)
    found = classified(click, after=0.05, **more)
    assert (found.verdicts[click.id].label, "held" in found.verdicts[click.id].reasons) == (Label.UNSURE, True)
    assert found.look_again_at == click.at + hold


@pytest.mark.parametrize("recipient", [Recipient(), SCANNING], ids=["unknown", "scanning"])
def test_input_on_the_page_ends_a_hold(recipient: Recipient):
    """Trusted input is proof of a person at once, also at the time of scans."""
    click = event(20)
    found = classified(click, after=2, recipient=recipient, live_clicks=frozenset({click.id}), landings=landing(click, inputs=1))
    assert (found.verdicts[click.id].label, found.look_again_at) == (Label.HUMAN, None)


def test_opens_are_not_held():
    """They alert quietly."""
    found = classified(event(200, OPEN), after=0)
    assert (found.verdicts["open200-1"].label, found.look_again_at) == (Label.HUMAN, None)


def test_an_open_and_a_click_together_are_a_person():
    """Guard: pictures are loaded by the same program when the person follows the link."""
    opened, clicked = event(900, OPEN), event(900.01)
    found = classified(opened, clicked).verdicts
    assert [found[opened.id].label, found[clicked.id].label] == [Label.HUMAN, Label.HUMAN]


@pytest.mark.parametrize(
    ("headers", "label"), [(HEADERS, Label.HUMAN), ({"accept-language": "en"}, Label.SCANNER)], ids=["complete", "without fetch metadata"]
)
def test_a_cloud_alone_never_decides_later(headers: dict, label: Label):
    """Guard: people sit behind VPNs in clouds; with another reason it is a machine."""
    assert verdict(event(900, address=CLOUD, headers=headers)).label is label


def test_a_cloud_is_no_person_without_a_sign_of_one():
    """On a domain that scans its network leaves the click unsure."""
    assert verdict(event(900, address=CLOUD), recipient=SCANNING).label is Label.UNSURE


def test_a_relay_never_counts_against_a_click():
    """Guard: Private Relay carries people."""
    assert verdict(event(900, address=RELAY)).reasons == ("browser_headers", "complete_browser")


def test_missing_evidence_is_no_sign():
    """Guard: nothing known of network, exchanger, site, inputs or time; a browser's click is a person's."""
    found = verdict(event(0, headers={"accept-language": "en"}, agent=IOS_APP), sent_at=None, is_https=False)
    assert (found.label, found.reasons) == (Label.HUMAN, ("browser_headers",))


def test_a_missing_page_view_counts_only_where_the_snippet_works():
    """Guard: a site without a working snippet says nothing."""
    click = event(900, address=CLOUD)
    assert "no_page_view" in verdict(click, live_clicks=frozenset({click.id})).reasons
    assert "no_page_view" not in verdict(click).reasons
    assert "no_page_view" not in verdict(click, live_clicks=frozenset({click.id}), after=9).reasons


@pytest.mark.parametrize("seconds", [-1, -90], ids=["a second", "a minute and a half"])
def test_clocks_that_differ_make_no_click_too_soon(seconds: float):
    """A click that seems older than its message is judged by everything else."""
    assert verdict(event(seconds)).label is Label.HUMAN


@pytest.mark.parametrize(("inputs", "label"), [(0, Label.UNSURE), (None, Label.HUMAN), (3, Label.HUMAN)])
def test_at_the_time_of_scans_a_live_page_must_show_a_person(inputs: int | None, label: Label):
    """A page without input is left unsure; one whose inputs are not reported is not."""
    click = event(40)
    assert verdict(click, recipient=SCANNING, live_clicks=frozenset({click.id}), landings=landing(click, inputs)).label is label


def test_a_page_shown_by_webkit_needs_no_input():
    """Scanners run Chromium; Safari's headers are those of Safari. Chromium under its name is found out."""
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1"
    click = event(40, agent=agent, headers=browsers.navigation("en", user=False))
    shown = {"recipient": SCANNING, "live_clicks": frozenset({click.id}), "landings": landing(click)}
    assert verdict(click, **shown).label is not Label.SCANNER
    faked = verdict(msgspec.structs.replace(click, headers=browsers.navigation("en", user=True)), **shown)
    assert (faked.label, "automated_browser" in faked.reasons) == (Label.SCANNER, True)


def test_a_burst_is_a_machine_and_tabs_are_not():
    """Two links within 300 ms, or four within a second; three within a second only where scans come."""
    library = {"headers": LIBRARY}
    assert verdict(event(900, **library), event(900.2, link=2, **library)).label is Label.SCANNER
    tabs = [event(4000 + n * 0.45, link=n) for n in range(1, 4)]
    assert [v.label for v in classified(*tabs).verdicts.values()] == [Label.HUMAN] * 3
    early = [event(60 + n * 0.45, link=n) for n in range(1, 4)]
    assert {v.label for v in classified(*early).verdicts.values()} == {Label.UNSURE}


def test_a_scanner_takes_its_open_with_it():
    """The pixel that the scanner loaded nine seconds before its clicks; the reader's own stays."""
    clicks = [event(43 + n * 0.1, link=n, headers=LIBRARY) for n in range(1, 6)]
    scanned, read = event(34, OPEN), event(400, OPEN, address="203.0.114.9", agent=browsers.THUNDERBIRD)
    found = classified(scanned, read, *clicks).verdicts
    assert (found[scanned.id].label, found[read.id].label) == (Label.SCANNER, Label.HUMAN)


def test_a_check_beside_the_click_leaves_the_person():
    """Safe Links checks at click time from Microsoft: the check is the scanner's, the click the person's."""
    check, click = event(2000, address=EOP, id="check"), event(2000.2)
    found = classified(check, click, recipient=SCANNING).verdicts
    assert (found["check"].label, found[click.id].label) == (Label.SCANNER, Label.HUMAN)


@pytest.mark.parametrize(
    ("changes", "more", "label"),
    [
        ({"signs": ("own",)}, {}, Label.SELF),
        ({"headers": HEADERS | {"sec-purpose": "prefetch"}}, {}, Label.PREFETCH),
        ({"agent": "curl/8.9.1"}, {}, Label.SCANNER),
        ({"agent": ""}, {}, Label.SCANNER),
        ({"agent": "WhatsApp/2.24"}, {}, Label.SCANNER),
        ({"headers": HEADERS | {"x-native-host": "OneOutlook"}}, {}, Label.SCANNER),
        ({"address": EOP}, {}, Label.SCANNER),
        ({"address": VENDOR}, {}, Label.SCANNER),
        ({"headers": HEADERS | {"sec-ch-ua": browsers.brands(browsers.NEWEST, "HeadlessChrome")}}, {}, Label.SCANNER),
        ({"headers": LIBRARY}, {}, Label.SCANNER),
        ({"headers": HEADERS, "address": CLOUD}, {"rep_addresses": frozenset({CLOUD})}, Label.UNSURE),
        ({"signs": ("repaired",), "headers": LIBRARY}, {}, Label.SCANNER),
    ],
    ids=["own", "prefetch", "robot", "no agent", "preview", "outlook", "eop", "vendor", "headless", "library", "rep's network", "repaired"],
)
def test_one_sign_on_a_click(changes: dict, more: dict, label: Label):
    """Signs that need no other event."""
    assert verdict(event(900, **changes), **more).label is label


@pytest.mark.parametrize(
    ("seconds", "changes", "label"),
    [
        (3, {"agent": browsers.GMAIL}, Label.PREFETCH),
        (30, {"agent": browsers.GMAIL}, Label.PROXY),
        (900, {"agent": browsers.GMAIL_PREFETCH}, Label.PREFETCH),
        (900, {"agent": browsers.APPLE_PROXY}, Label.PREFETCH),
        (900, {"agent": browsers.APPLE_MAIL, "address": RELAY}, Label.PREFETCH),
        (900, {"agent": browsers.APPLE_MAIL}, Label.HUMAN),
        (900, {"agent": browsers.OUTLOOK}, Label.HUMAN),
        (60, {"address": EOP}, Label.SCANNER),
        (60, {"address": VENDOR}, Label.SCANNER),
        (60, {"address": CLOUD}, Label.SCANNER),
        (900, {"address": CLOUD}, Label.HUMAN),
    ],
)
def test_one_sign_on_an_open(seconds: float, changes: dict, label: Label):
    """Opens are judged apart from clicks: Outlook reads, proxies stand for readers after the first seconds."""
    assert verdict(event(seconds, OPEN, **{"headers": {}} | changes)).label is label


def test_a_probe_beside_counts_from_the_same_network():
    """HEAD from the same /24, or both from networks of machines, within 20 s."""
    click = event(900, headers={"accept-language": "en"}, agent="Mozilla/5.0 (X11; Linux x86_64) Unknown/1.0")
    near = Probe(ProbeKind.HEAD, click.at - timedelta(seconds=15), "198.51.7.99")
    assert "probe_beside" in verdict(click, probes=(near,)).reasons
    for other in (msgspec.structs.replace(near, address=EOP), msgspec.structs.replace(near, at=click.at - timedelta(seconds=25))):
        assert "probe_beside" not in verdict(click, probes=(other,)).reasons


@pytest.mark.parametrize(("address", "reason"), [(CLOUD, "just_like_the_scanner"), (HOME, "like_the_scanner")])
def test_a_known_scanner_is_recognised(address: str, reason: str):
    """Delay and agent family match what was learned of the domain, and perhaps the network."""
    profile = ScanProfile(
        messages=9, scanned=9, earliest=20, latest=90, networks=frozenset({prefix_of(CLOUD)}), families=frozenset({"chrome"})
    )
    found = verdict(event(40, address=address), recipient=Recipient(scans=True, scan_profile=profile))
    assert reason in found.reasons


@pytest.mark.parametrize(("pin", "label"), [("person", Label.HUMAN), ("machine", Label.SCANNER), ("me", Label.SELF)])
def test_a_correction_pins_the_verdict(pin: str, label: Label):
    """What a rep says stands, whatever the evidence says."""
    click = event(20, agent="curl/8.9.1")
    found = classified(click, after=0, pinned={click.id: pin})
    assert (found.verdicts[click.id].label, found.verdicts[click.id].confidence, found.look_again_at) == (label, 1.0, None)


def test_the_second_of_a_double_click_is_a_duplicate():
    """The same act within a second counts once; a pinned one counts as it was pinned."""
    first, second = event(900.1), event(900.3)
    assert [v.label for v in classified(first, second).verdicts.values()] == [Label.HUMAN, Label.DUPLICATE]
    assert classified(first, second, pinned={second.id: "person"}).verdicts[second.id].label is Label.HUMAN


def test_the_demo_never_holds():
    """Everything comes from the person who tries it, automated browsers included."""
    click = event(2, headers={"sec-ch-ua": browsers.brands(150, "HeadlessChrome")})
    found = classified(click, after=0, is_demo=True)
    assert (found.verdicts[click.id].label, found.look_again_at) == (Label.HUMAN, None)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"headers": {**HEADERS, "sec-purpose": "prefetch"}}, "prefetch_header"),
        ({"agent": CHROME.replace("Windows NT 10.0", "CUBOT X30")}, "robot_agent"),
        ({"agent": ""}, "no_agent"),
    ],
)
def test_a_machine_in_the_demo_has_a_reason_against_a_person(more: dict, reason: str):
    """Not that a browser sent the request, which speaks for one."""
    click = event(2, **more)
    found = classified(click, after=0, is_demo=True).verdicts[click.id]
    assert (found.label, found.reasons) == (Label.SCANNER, (reason,))


def test_changed_names_only_other_verdicts():
    """What an event carries already is no change."""
    click = event(900)
    verdicts = classified(click).verdicts
    assert changed([click], verdicts) == verdicts
    assert changed([msgspec.structs.replace(click, verdict=verdicts[click.id])], verdicts) == {}


_CLICKS = st.builds(
    lambda n, at, link, address, kind, agent: event(at / 10, kind, link=link, address=address, agent=agent, id=f"e{n}"),
    st.integers(0, 999),
    st.integers(0, 6000),
    st.integers(1, 4),
    st.sampled_from([HOME, CLOUD, EOP, RELAY]),
    st.sampled_from([OPEN, EventKind.CLICK]),
    st.sampled_from([CHROME, browsers.GMAIL, "curl/8.9.1"]),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_CLICKS, max_size=8, unique_by=lambda e: e.id), st.randoms(), st.integers(0, 700))
def test_order_of_arrival_never_matters(events: list, random, after: int):
    """A shuffle gives identical verdicts, at any moment."""
    shuffled = random.sample(events, len(events))
    as_of = SENT + timedelta(seconds=after)
    first, second = (classify(evidence(*each, as_of=as_of, recipient=SCANNING), networks()) for each in (events, shuffled))
    assert first == second
    assert first.look_again_at is None or first.look_again_at > as_of
