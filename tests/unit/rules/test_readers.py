"""Someone else with a lead's mail: found on strong evidence only. Each person below with several devices must stay the lead."""

import random
from datetime import timedelta

import pytest

from tests.scenes import NOON
from tracker.base.ids import id_of
from tracker.domain.activity.event import OTHER_READER, Event, EventKind, Label, Verdict
from tracker.domain.leads.lead import Lead
from tracker.rules.readers.decide import may_have_other_reader, other_readings
from tracker.rules.readers.names import reader_name, reader_note
from tracker.rules.readers.reading import DeviceClass, device_of, languages_of
from tracker.rules.verdicts.networks import shipped_networks

_KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_KIT} Chrome/150.0.0.0 Safari/537.36"
WINDOWS_OLD = WINDOWS.replace("150", "149")
EDGE = f"{WINDOWS} Edg/150.0.0.0"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_KIT} Chrome/150.0.0.0 Safari/537.36"
MAC_FIREFOX = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:148.0) Gecko/20100101 Firefox/148.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.4 Mobile/15E148 Safari/604.1"
)
ANDROID = f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {_KIT} Chrome/150.0.0.0 Mobile Safari/537.36"
LINUX = f"Mozilla/5.0 (X11; Linux x86_64) {_KIT} Chrome/150.0.0.0 Safari/537.36"
CHROMEBOOK = f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_KIT} Chrome/150.0.0.0 Safari/537.36"
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.18025; Pro)"

OFFICE, OFFICE_TOO, HOME, ELSEWHERE = "198.51.100.7", "198.51.100.90", "203.0.113.7", "192.0.2.33"
AMAZON, RELAY, EOP = "3.5.140.7", "172.224.226.5", "40.94.34.7"
V6 = "2a02:8109:9a40:1::7"
ENGLISH, GERMAN, FRENCH = "en-US,en;q=0.9", "de-DE,de;q=0.9,en;q=0.8", "fr-FR,fr;q=0.9"

Step = tuple
"""Minutes, agent, address, and what differs: `language`, `kind`, `message`, `label`, `browser`, `via`."""


def events_of(steps: list[Step]) -> tuple[list[Event], dict[str, str]]:
    """The events of the steps, and the browsers of the clicks."""
    events, browsers = [], {}
    for number, (minutes, agent, address, *more) in enumerate(steps):
        extra = more[0] if more else {}
        key = id_of("reading", str(number))
        headers = {"accept-language": extra.get("language", ENGLISH)} | ({"via": extra["via"]} if "via" in extra else {})
        events.append(
            Event(
                id=key,
                workspace="0" * 16,
                kind=extra.get("kind", EventKind.CLICK),
                at=NOON + timedelta(minutes=minutes),
                received=NOON,
                verdict=Verdict(extra.get("label", Label.HUMAN), 0.9),
                lead="lead",
                message=extra.get("message", "offer"),
                agent=agent,
                address=address,
                headers=headers,
            )
        )
        if "browser" in extra:
            browsers[key] = extra["browser"]
    return events, browsers


def others(steps: list[Step]) -> list[int]:
    """The numbers of the steps that someone else made."""
    events, browsers = events_of(steps)
    found = other_readings(events, browsers, shipped_networks())
    for seed in range(3):
        shuffled = random.Random(seed).sample(events, len(events))
        assert other_readings(shuffled, browsers, shipped_networks()) == found, "depends on the order of arrival"
    assert not found or may_have_other_reader(events, shipped_networks())
    return [number for number, event in enumerate(events) if event.id in found]


OPEN = {"kind": EventKind.OPEN}
ONE_PERSON = {
    "one browser": [(0, WINDOWS, OFFICE), (1, WINDOWS, OFFICE), (900, WINDOWS, OFFICE)],
    "another address of the same network": [(0, WINDOWS, OFFICE), (2, MAC, OFFICE_TOO)],
    "phone and desktop": [(0, IPHONE, ELSEWHERE), (1, WINDOWS, OFFICE), (2, IPHONE, ELSEWHERE)],
    "desktop and phone": [(0, WINDOWS, OFFICE), (1, ANDROID, ELSEWHERE), (2, WINDOWS, OFFICE)],
    "office and home": [(0, WINDOWS, OFFICE), (480, MAC, HOME)],
    "laptop taken home": [(0, WINDOWS, OFFICE), (70, WINDOWS, HOME)],
    "laptop on the phone's network": [(0, WINDOWS, OFFICE), (4, WINDOWS, ELSEWHERE), (8, WINDOWS, OFFICE)],
    "another browser at home": [(0, EDGE, OFFICE), (60, WINDOWS, HOME)],
    "another browser while a VPN connects": [(0, EDGE, OFFICE), (3, WINDOWS, HOME)],
    "an update": [(0, WINDOWS_OLD, OFFICE), (5, WINDOWS, HOME)],
    "an update on one network": [(0, WINDOWS_OLD, OFFICE), (5, WINDOWS, OFFICE), (6, WINDOWS_OLD, OFFICE)],
    "travelling": [(0, WINDOWS, OFFICE), (300, WINDOWS, ELSEWHERE, {"language": ENGLISH}), (900, WINDOWS, HOME)],
    "Outlook and its browser": [(0, OUTLOOK, OFFICE, OPEN), (1, EDGE, OFFICE), (2, WINDOWS, OFFICE)],
    "a tablet beside the desktop, with a Mac's agent": [(0, WINDOWS, OFFICE), (2, SAFARI, ELSEWHERE), (4, WINDOWS, OFFICE)],
    "an Android tablet with a desktop's agent": [(0, WINDOWS, OFFICE), (2, LINUX, ELSEWHERE), (4, WINDOWS, OFFICE)],
    "two phones": [(0, IPHONE, ELSEWHERE), (3, ANDROID, HOME), (5, IPHONE, ELSEWHERE)],
    "a phone from one mast to the next": [(0, IPHONE, ELSEWHERE), (1, IPHONE, HOME), (2, IPHONE, ELSEWHERE)],
    "a private relay": [(0, MAC, OFFICE), (1, WINDOWS, RELAY), (2, MAC, OFFICE)],
    "a remote desktop in a cloud": [(0, MAC, HOME), (2, WINDOWS, AMAZON), (4, MAC, HOME)],
    "a web gateway": [(0, MAC, HOME), (2, WINDOWS, OFFICE, {"via": "1.1 zscaler"}), (4, MAC, HOME)],
    "both versions of IP": [(0, WINDOWS, OFFICE), (1, MAC, V6), (2, WINDOWS, OFFICE)],
    "private addresses": [(0, WINDOWS, "10.0.0.7"), (1, MAC, "192.168.0.7"), (2, WINDOWS, "10.0.0.7")],
    "one browser in two networks": [(0, WINDOWS, OFFICE, {"browser": "b1"}), (2, MAC, HOME, {"browser": "b1"})],
    "a scanner": [(0, WINDOWS, OFFICE), (1, MAC, HOME, {"label": Label.SCANNER}), (2, WINDOWS, OFFICE)],
    "unsure": [(0, WINDOWS, OFFICE), (1, MAC, HOME, {"label": Label.UNSURE})],
    "an image proxy, then one reader": [(0, "Mozilla/5.0 GoogleImageProxy", HOME, {**OPEN, "label": Label.PROXY}), (1, MAC, HOME)],
    "the same mail on another Mac that only shows it": [(0, WINDOWS, OFFICE), (2, MAC, HOME, OPEN)],
    "a Windows system in English at work": [
        (0, WINDOWS, OFFICE, {"language": ENGLISH}),
        (480, MAC, HOME, {"language": FRENCH}),
    ],
    "an English browser of one who also reads German": [
        (0, WINDOWS, OFFICE, {"language": GERMAN}),
        (480, MAC, HOME, {"language": ENGLISH}),
    ],
    "a phone in the own language": [(0, WINDOWS, OFFICE, {"language": GERMAN}), (3, IPHONE, HOME, {"language": FRENCH})],
    "another mail, in no time": [(0, WINDOWS, OFFICE), (2, MAC, HOME, {"message": "other"})],
    "a second desktop known of another mail": [
        (-2000, MAC, HOME, {"message": "earlier"}),
        (0, WINDOWS, OFFICE),
        (3, MAC, HOME),
    ],
    "a second desktop known of a later mail": [(0, WINDOWS, OFFICE), (3, MAC, HOME), (2000, MAC, ELSEWHERE, {"message": "later"})],
    "no agent and no language": [(0, WINDOWS, OFFICE), (1, "", HOME), (2, "curl/8.0", HOME)],
}
SOMEONE_ELSE = {
    "another desktop elsewhere within minutes": ([(0, WINDOWS, OFFICE), (4, MAC, HOME)], [1]),
    "after an open only": ([(0, OUTLOOK, OFFICE, OPEN), (6, MAC_FIREFOX, HOME)], [1]),
    "a Chromebook": ([(0, WINDOWS, OFFICE), (9, CHROMEBOOK, HOME)], [1]),
    "between two clicks of the lead": (
        [(0, EDGE, OFFICE), (3, WINDOWS, HOME), (6, EDGE, OFFICE)],
        [1],
    ),
    "the same browser in another version, between two clicks": (
        [(0, WINDOWS, OFFICE), (3, WINDOWS_OLD, HOME), (6, WINDOWS, OFFICE)],
        [1],
    ),
    "another language and system, a day later": (
        [(0, WINDOWS, OFFICE, {"language": GERMAN}), (1500, MAC, HOME, {"language": FRENCH})],
        [1],
    ),
    "another language and browser within minutes": (
        [(0, EDGE, OFFICE, {"language": GERMAN}), (5, WINDOWS, HOME, {"language": FRENCH})],
        [1],
    ),
    "two phones with two languages": (
        [(0, IPHONE, OFFICE, {"language": GERMAN}), (5, ANDROID, HOME, {"language": FRENCH})],
        [1],
    ),
    "its open and its later visits too": (
        [(0, WINDOWS, OFFICE), (4, MAC, HOME, OPEN), (5, MAC, HOME), (3000, MAC, HOME), (4000, WINDOWS, HOME.replace("113", "112"))],
        [1, 2, 3],
    ),
    "the browser that moves on": (
        [(0, WINDOWS, OFFICE), (4, MAC, HOME, {"browser": "b2"}), (900, MAC, AMAZON, {"browser": "b2"})],
        [1, 2],
    ),
    "beside the lead's phone": (
        [(0, WINDOWS, OFFICE), (2, IPHONE, ELSEWHERE), (4, MAC, HOME), (5, IPHONE, ELSEWHERE)],
        [2],
    ),
    "a double click": (
        [(0, WINDOWS, OFFICE), (4, MAC, HOME), (4.01, MAC, HOME, {"label": Label.DUPLICATE, "browser": "b2"})],
        [1, 2],
    ),
    "two of them": (
        [(0, WINDOWS, OFFICE), (4, MAC, HOME), (5, CHROMEBOOK, ELSEWHERE)],
        [1, 2],
    ),
    "also with the lead's next mail, read after the lead": (
        [(0, WINDOWS, OFFICE), (4, MAC, HOME), (3000, WINDOWS, OFFICE, {"message": "next"}), (4000, MAC, HOME, {"message": "next"})],
        [1, 3],
    ),
}


@pytest.mark.parametrize("name", ONE_PERSON)
def test_a_person_with_several_devices_stays_the_lead(name: str):
    """Weak signs change nothing."""
    assert others(ONE_PERSON[name]) == []


@pytest.mark.parametrize("name", SOMEONE_ELSE)
def test_someone_else_is_found(name: str):
    """Several signs in another network."""
    steps, expected = SOMEONE_ELSE[name]
    assert others(steps) == expected


def test_share_links_are_for_anyone():
    """A click without a message is never someone else's."""
    assert others([(0, WINDOWS, OFFICE, {"message": None}), (4, MAC, HOME, {"message": None})]) == []


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (WINDOWS, (DeviceClass.FIXED, "windows")),
        (OUTLOOK, (DeviceClass.FIXED, "windows")),
        (MAC, (DeviceClass.FIXED, "mac")),
        (MAC_FIREFOX, (DeviceClass.FIXED, "mac")),
        (CHROMEBOOK, (DeviceClass.FIXED, "chromeos")),
        (SAFARI, (DeviceClass.PORTABLE, "apple")),
        (MAC.replace("Chrome/150.0.0.0", "CriOS/150 Version/18.4"), (DeviceClass.PORTABLE, "apple")),
        (IPHONE, (DeviceClass.PORTABLE, "apple")),
        (ANDROID, (DeviceClass.PORTABLE, "android")),
        (LINUX, (DeviceClass.PORTABLE, "android")),
        ("", None),
        ("Mozilla/5.0 (compatible; Barracuda Sentinel)", None),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", None),
    ],
)
def test_the_device_of_an_agent(agent: str, expected: tuple | None):
    """Agents that a tablet may send are no desktop's."""
    found = device_of(agent)
    assert (found and found[:2]) == expected


def test_languages_are_primary_tags():
    """Each once, in order; malformed parts are left out."""
    assert languages_of("de-DE,de;q=0.9, EN;q=0.8,*;q=0.1,,x1") == ("de", "en")


def test_the_name_says_company_and_whose_mail_it_is():
    """Someone else has no name."""
    lead = Lead(id="l", workspace="w", email="m@acme.test", name="Marcus Bell", company="Acme", created_at=NOON, updated_at=NOON)
    alone = Lead(id="l", workspace="w", email="m@acme.test", name="", created_at=NOON, updated_at=NOON)
    assert [reader_name(lead, OTHER_READER), reader_note(lead, OTHER_READER)] == ["Someone else at Acme", "mail to Marcus Bell"]
    assert [reader_name(alone, OTHER_READER), reader_note(alone, OTHER_READER)] == ["Someone else", "mail to m@acme.test"]
    assert [reader_name(lead, None), reader_note(lead, None)] == ["Marcus Bell", ""]
