"""Presence: what the drain publishes to open consoles, on a real Valkey."""

from tests.scenes import NOON
from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from workers.drain import presence

WORKSPACE, OTHER = "a" * 16, "b" * 16
PERSON = Verdict(Label.HUMAN, 0.8)


def opened(workspace: str) -> Event:
    return Event(id=new_id(), workspace=workspace, kind=EventKind.OPEN, at=NOON, received=NOON, verdict=PERSON)


def published(deps: Deps, workspace: str) -> list[str]:
    """The ids of all events that were published in this workspace."""
    found, last = [], "0-0"
    while rows := deps.bus.follow(workspace, last, 1):
        found += [entry.message.id for entry in rows]
        last = rows[-1].id
    return found


def test_the_newest_events_of_a_large_batch_are_published_in_order(deps: Deps) -> None:
    """A batch is large after an outage; a small batch of another workspace is published whole."""
    rush, few = [opened(WORKSPACE) for _ in range(400)], [opened(OTHER) for _ in range(30)]
    presence.publish(deps.bus, [*few, *rush], [], {})

    assert published(deps, WORKSPACE) == [event.id for event in rush[-250:]]
    assert published(deps, OTHER) == [event.id for event in few]
