"""Presence: what the drain publishes to open consoles, on a real Valkey."""

from tests.scenes import NOON
from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture, CaptureKind
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


def test_the_first_input_makes_a_visitor_active(deps: Deps) -> None:
    """It is reported before there is any active time; the same heartbeat without input means an idle page."""
    page = {"workspace": WORKSPACE, "visitor": "v", "page": "p", "url": "https://a.example/"}

    def state(at: int, **more: int) -> str:
        beat = Capture(id=new_id(), kind=CaptureKind.BEAT, received=at, at=at, **page, **more)
        presence.publish(deps.bus, [], [beat], {})
        return deps.bus.presence_of(WORKSPACE, ["v"])["v"].state

    start = to_ms(deps.now())
    for before in (2, 1):
        state(start - before, active_ms=0)
    assert state(start + 1, active_ms=0, inputs=0) == "idle"
    assert state(start + 2, active_ms=0, inputs=1) == "active"
    assert state(start + 3, active_ms=900, inputs=4) == "active"
    assert state(start + 4, active_ms=900, inputs=4) == "idle"


def test_the_newest_events_of_a_large_batch_are_published_in_order(deps: Deps) -> None:
    """A batch is large after an outage; a small batch of another workspace is published whole."""
    rush, few = [opened(WORKSPACE) for _ in range(400)], [opened(OTHER) for _ in range(30)]
    presence.publish(deps.bus, [*few, *rush], [], {})

    assert published(deps, WORKSPACE) == [event.id for event in rush[-250:]]
    assert published(deps, OTHER) == [event.id for event in few]
