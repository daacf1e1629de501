"""Repeats: one act that arrives more than once within a second."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
import pytest
from tracker.rules.verdicts.repeats import REPEATED, reclassified

from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.rules.verdicts.first import PERSON

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def click(milliseconds: int = 0, *, kind: EventKind = EventKind.CLICK, verdict: Verdict = PERSON, agent: str = BROWSER, **more) -> Event:
    at = NOON + timedelta(milliseconds=milliseconds)
    named = {"message": "a" * 32} | more
    return Event(id=new_id(), workspace="b" * 16, kind=kind, at=at, received=at, verdict=verdict, agent=agent, address="192.0.2.1", **named)


def verdicts(*events: Event, sealed: datetime | None = None) -> list[Verdict]:
    """Of each event, as it is to be."""
    found = reclassified(events, {}, sealed, is_demo=False)
    return [found.get(event.id, event.verdict) for event in events]


def test_the_first_request_counts_and_the_others_are_duplicates():
    """Three requests for one link within a second are one click, in any order of arrival."""
    three = [click(100), click(300), click(900)]

    for order in permutations(three):
        found = reclassified(order, {}, None, is_demo=False)
        assert found == {three[1].id: REPEATED, three[2].id: REPEATED}


@pytest.mark.parametrize(
    "other",
    [
        click(1000),
        click(1, message="c" * 32),
        click(1, link=2),
        click(1, agent="Thunderbird/140.0"),
        click(1, kind=EventKind.OPEN),
        msgspec.structs.replace(click(1), address="192.0.2.2"),
        click(1, message=None, share="a" * 32),
    ],
    ids=["second", "message", "link", "agent", "kind", "address", "share"],
)
def test_a_request_that_differs_is_another_act(other: Event):
    """Another second, link, device or place is another act."""
    assert REPEATED not in verdicts(click(0), other)


def test_page_events_have_ids_of_their_own():
    """Two views in a second are two views: the browser says which is which."""
    assert reclassified([click(n, kind=EventKind.VIEW) for n in range(3)], {}, None, is_demo=False) == {}


def test_an_earlier_request_that_arrives_late_becomes_the_first():
    """The former first becomes a duplicate; a duplicate without a first counts again."""
    early, late = click(100), click(200)
    once = msgspec.structs.replace(late, verdict=REPEATED)

    assert verdicts(once) == [PERSON]
    assert verdicts(early, late) == [PERSON, REPEATED]
    assert verdicts(early, once) == [PERSON, REPEATED]


def test_requests_of_machines_are_no_duplicates():
    """Each request of a scanner keeps its verdict, and the person after it counts."""
    scanner = Verdict(Label.SCANNER, 0.9, ("robot_agent",))

    assert verdicts(click(0, verdict=scanner), click(1, verdict=scanner), click(2)) == [scanner, scanner, PERSON]


def test_sealed_events_keep_their_verdict():
    """They may have lost their agent."""
    assert reclassified([click(0), click(1)], {}, NOON + timedelta(seconds=5), is_demo=False) == {}
