"""Presence: what consoles are told at once, on a real Valkey."""

from tests.scenes import NOON
from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from workers.drain import presence

WORKSPACE, OTHER = "a" * 16, "b" * 16
PERSON = Verdict(Label.HUMAN, 0.8)


def opened(workspace: str) -> Event:
    return Event(id=new_id(), workspace=workspace, kind=EventKind.OPEN, at=NOON, received=NOON, verdict=PERSON)


def told(deps: Deps, workspace: str) -> list[str]:
    """The ids of all events that this workspace's consoles were told."""
    found, last = [], "0-0"
    while rows := deps.bus.follow(workspace, last, 1):
        found += [entry.message.id for entry in rows]
        last = rows[-1].id
    return found


def test_of_a_large_batch_the_newest_are_told_in_order_and_a_small_one_whole(deps: Deps) -> None:
    """A pause of the store makes one workspace's batch large; that costs its neighbour's console nothing."""
    rush, few = [opened(WORKSPACE) for _ in range(400)], [opened(OTHER) for _ in range(30)]
    presence.publish(deps.bus, [*few, *rush], [], {})

    assert told(deps, WORKSPACE) == [event.id for event in rush[-250:]]
    assert told(deps, OTHER) == [event.id for event in few]
