"""Agents and headers, kept once and remembered: what is asked for is there, however little room the memory has."""

from tracker.base.clock import utc_now
from tracker.domain.activity.event import Event, EventKind
from tracker.rules.verdicts.first import PERSON
from tracker.store.activity.event_codec import print_of
from tracker.store.activity.events import Prints


def event(agent: str) -> Event:
    now = utc_now()
    return Event(id="a" * 32, workspace="b" * 16, kind=EventKind.OPEN, at=now, received=now, verdict=PERSON, agent=agent)


def test_what_was_remembered_is_in_the_answer_though_the_rest_takes_its_room(deps):
    """The first ones asked for are the oldest in memory; reading the others must not push them out of the answer."""
    everybody = [event(f"agent {number}") for number in range(6)]
    prints = Prints(deps.store.database.prints, most=3)
    prints.keep(everybody)
    prints.of({print_of(everybody[0])})

    assert {known[0] for known in prints.of({print_of(one) for one in everybody}).values()} == {one.agent for one in everybody}
