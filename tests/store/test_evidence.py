"""Evidence for verdicts in MongoDB: signs of events, HEAD requests and refused tokens, and inputs of page views."""

from datetime import timedelta

import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.activity.visit import Dwell
from tracker.rules.verdicts.evidence import Probe, ProbeKind
from tracker.store.activity.event_codec import decode, encode


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace."""
    return make_scene(deps)


@pytest.mark.parametrize("signs", [(), ("repaired",), ("http1.0", "webdriver", "activated")])
def test_signs_come_back_and_take_no_space_where_there_are_none(signs: tuple[str, ...]) -> None:
    """Rows of older versions have none."""
    event = Event(
        id=new_id(), workspace="ab" * 8, kind=EventKind.CLICK, at=NOON, received=NOON, verdict=Verdict(Label.HUMAN, 0.9), signs=signs
    )
    document = encode(event, None)

    assert decode(document, {}) == event
    assert ("y" in document) is bool(signs)


def test_probes_are_those_of_the_workspaces_messages(scene: Scene) -> None:
    """HEAD requests and refused tokens that name the message, in time order; the same id in another workspace is another message."""
    message, quiet, other = "11" * 16, "22" * 16, make_scene(scene.deps, "Southgate")
    late = scene.capture(CaptureKind.HEAD, NOON + timedelta(seconds=9), message=message, link=2)
    early = scene.capture(CaptureKind.REJECTED, NOON, message=message, address="198.51.100.4", agent="")
    rest = [scene.capture(CaptureKind.OPEN, NOON, message=message), scene.capture(CaptureKind.REJECTED, NOON)]
    foreign = other.capture(CaptureKind.HEAD, NOON, message=message)
    scene.deps.store.evidence.add((c, NOON + timedelta(seconds=9) if c is late else NOON) for c in (late, early, *rest, foreign))

    assert scene.deps.store.evidence.of_messages(scene.workspace.id, [message, quiet]) == {
        message: (
            Probe(ProbeKind.REFUSED, NOON, "198.51.100.4", ""),
            Probe(ProbeKind.HEAD, NOON + timedelta(seconds=9), late.address, late.agent),
        )
    }
    assert scene.deps.store.evidence.of_messages(scene.workspace.id, []) == {}


def test_inputs_are_the_most_and_their_time_the_least(scene: Scene) -> None:
    """Whatever the order of arrival; a page whose snippet reports none stays unknown."""
    known = [(None, None), (0, None), (7, 900), (3, 900), (9, 850), (None, None)]
    for order in (known, known[::-1]):
        page = new_id()
        scene.store.dwell.raise_to(Dwell(visitor="v", page=page, last_at=NOON, inputs=n, input_ms=ms) for n, ms in order)
        assert scene.store.dwell.of([("v", page)]) == {("v", page): Dwell(visitor="v", page=page, last_at=NOON, inputs=9, input_ms=850)}
    scene.store.dwell.raise_to([Dwell(visitor="v", page="old", last_at=NOON)])

    assert scene.store.dwell.of([("v", "old")])["v", "old"].inputs is None
