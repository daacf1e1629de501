"""Learning of recipients' domains: what a scanner shows again and again, and people must not suffer from."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest

from tests.unit.rules.verdicts.evidence_samples import CHROME, CLOUD, HOME, SENT, event, verdict
from tracker.domain.activity.event import Event, Label
from tracker.rules.verdicts.evidence import Recipient, ScanProfile
from tracker.rules.verdicts.learning import (
    LEARNED_REASONS,
    REMEMBERED_DAYS,
    DomainDay,
    SettledMessage,
    profile_day,
    profiles,
    summaries,
)
from tracker.rules.verdicts.reasons import REASONS
from tracker.rules.verdicts.request import prefix_of

DAY = SENT.date()
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"


def message(*requests: tuple[Event, Label], domain: str = "acme.test") -> SettledMessage:
    """A message with these requests and their labels."""
    return SettledMessage(domain, SENT, [one for one, _ in requests], {one.id: label for one, label in requests})


def scan(seconds: float = 40, address: str = CLOUD, agent: str = FIREFOX) -> tuple[Event, Label]:
    return event(seconds, address=address, agent=agent), Label.SCANNER


def read(seconds: float = 3600, address: str = HOME, agent: str = CHROME, label: Label = Label.HUMAN) -> tuple[Event, Label]:
    return event(seconds, address=address, agent=agent), label


def learned(messages: Sequence[SettledMessage]) -> ScanProfile | None:
    """The profile as of the end of the day."""
    return profiles(DAY, summaries(DAY, messages)).get("acme.test")


def test_a_scanner_is_known_by_delay_network_and_program():
    """Nine of ten of its requests arrived between the two delays; the person's network and program are not its."""
    found = learned([*(message(scan(20 + 5 * number), read()) for number in range(6)), message(read()), message(read(label=Label.UNSURE))])

    assert found == ScanProfile(
        messages=7, scanned=6, earliest=20, latest=45, networks=frozenset({prefix_of(CLOUD)}), families=frozenset({"firefox"})
    )


def test_five_scanned_messages_are_needed():
    """Messages without a settled verdict do not count, nor do automatic loads by the reader's own mail provider."""
    own = [message(scan())] * 4

    assert learned([*own, message(read(5, label=Label.PREFETCH)), message(read(5, label=Label.UNSURE)), message()]) is None
    assert learned([*own, message(scan())]) is not None


@pytest.mark.parametrize("agent", [FIREFOX, SAFARI])
def test_quick_people_on_the_scanners_network_are_not_hit(agent: str):
    """A gateway in the company's own network scans with a common browser, and its people click within the same minute."""
    scans = [message(scan(20 + number, address=HOME)) for number in range(8)]
    found = learned([*scans, message(read(30, agent=agent)), message(read(25, agent=CHROME))])
    assert found is not None
    assert prefix_of(HOME) not in found.networks

    seen = verdict(event(28, agent=agent, address=HOME), recipient=Recipient(scan_profile=found))
    assert LEARNED_REASONS.isdisjoint(seen.reasons)


def test_a_person_elsewhere_with_the_scanners_program_is_not_hit():
    """Most people and many scanners use Chrome: once a person did, it says nothing."""
    found = learned([message(scan(20 + number, agent=CHROME), read()) for number in range(8)])
    assert found is not None

    assert (found.networks, found.families) == (frozenset({prefix_of(CLOUD)}), frozenset())
    assert LEARNED_REASONS.isdisjoint(verdict(event(25, address=HOME), recipient=Recipient(scan_profile=found)).reasons)


def test_a_scan_like_the_earlier_ones_speaks_against_a_person():
    """At the usual time from the usual network, with the usual program or without."""
    found = learned([message(scan(20 + number)) for number in range(8)])
    recipient = Recipient(scan_profile=found)

    assert "just_like_the_scanner" in verdict(event(24, address=CLOUD, agent=FIREFOX), recipient=recipient).reasons
    assert "like_the_scanner" in verdict(event(24, address=CLOUD, agent=SAFARI), recipient=recipient).reasons


def test_what_was_seen_once_is_no_sign():
    """One scan from a network may be an exception."""
    found = learned([*(message(scan(20 + number)) for number in range(5)), message(scan(30, address="203.0.113.9", agent=SAFARI))])

    assert found is not None
    assert (found.networks, found.families) == (frozenset({prefix_of(CLOUD)}), frozenset({"firefox"}))


def test_a_burst_counts_as_one_message():
    """Ten links of one message are one scan, with its first and last delay."""
    burst = message(*(scan(40 + number / 10) for number in range(10)))
    (summary,) = summaries(DAY, [burst])

    assert (summary.scanned, summary.delays, summary.networks) == (1, (40.0, 40.9), {prefix_of(CLOUD): 1})


def test_the_order_of_events_and_messages_changes_nothing():
    """The same set gives the same summary and profile."""
    own = [message(scan(20 + number), scan(60, agent=SAFARI), read()) for number in range(8)]
    turned = [SettledMessage(one.domain, one.sent_at, list(reversed(one.events)), one.labels) for one in reversed(own)]

    assert learned(own) == learned(turned)


def test_days_fade_after_sixty():
    """Each day one day is dropped; later days do not count either."""
    day = DomainDay(day=DAY, domain="acme.test", messages=9, scanned=5, delays=(20.0, 30.0), networks={"4:1": 5}, families={"chrome": 5})
    last = DAY + timedelta(days=REMEMBERED_DAYS - 1)

    assert profiles(last, [day]).keys() == {"acme.test"}
    assert profiles(last + timedelta(days=1), [day]) == profiles(DAY - timedelta(days=1), [day]) == {}
    later = msgspec.structs.replace(day, day=DAY + timedelta(days=1))
    assert profiles(DAY, [day, later])["acme.test"].scanned == 5


def test_domains_are_learned_apart():
    """Another company's scanner says nothing."""
    others = [message(scan(), domain="other.test")] * 5

    assert profiles(DAY, summaries(DAY, [*others, message(scan())])).keys() == {"other.test"}


@pytest.mark.parametrize(
    ("sent_at", "expected"),
    [
        (datetime(2026, 11, 18, 0, 0, tzinfo=UTC), date(2026, 11, 17)),
        (datetime(2026, 11, 17, 23, 59, tzinfo=timezone(timedelta(hours=-2))), date(2026, 11, 17)),
    ],
)
def test_the_profile_of_the_day_before_applies(sent_at: datetime, expected: date):
    """Days are in UTC."""
    assert profile_day(sent_at) == expected


def test_a_clock_that_is_behind_makes_no_negative_delay():
    """Requests a day later are no part of the usual delay."""
    (summary,) = summaries(DAY, [message(scan(-5), scan(90_000))])

    assert summary.delays == (0.0, 0.0)


def test_learned_reasons_exist():
    """The names are those of the table."""
    assert {reason.name for reason in REASONS} >= LEARNED_REASONS
