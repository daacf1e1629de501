"""Evidence that arrives beside events: the drain marks what must be judged again."""

from datetime import timedelta

import pytest

from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.mail.messages import mark_sent
from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.mail.message import Message, MessageState
from workers.drain.process import Drain

ROBOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace."""
    return make_scene(deps)


def marks(scene: Scene, *captures: Capture) -> dict[str, str]:
    """The queue of each lead and visitor that the drain marks because of these captures."""
    scene.deps.store.database.dirty.delete_many({})
    scene.spool(list(captures))
    drain = Drain(scene.deps)
    while drain.step():
        pass
    return {row["key"]: row["lane"] for row in scene.deps.store.database.dirty.find()}


@pytest.mark.parametrize("kind", [CaptureKind.HEAD, CaptureKind.REJECTED])
def test_a_probe_marks_the_lead_of_its_message(scene: Scene, kind: CaptureKind) -> None:
    """After it is stored; an old one in the queue `bulk`, behind new events."""
    lead, now = scene.lead(), scene.deps.now()
    message = scene.message(lead)

    assert marks(scene, scene.capture(kind, now, message=message.id)) == {lead.id: "live"}
    assert marks(scene, scene.capture(kind, now - timedelta(hours=1), message=message.id)) == {lead.id: "bulk"}
    assert len(scene.deps.store.evidence.of_messages(scene.workspace.id, [message.id])[message.id]) == 2


def test_a_refused_token_cannot_name_what_does_not_exist(scene: Scene) -> None:
    """Its message has no valid signature: an unknown one, or another workspace's, marks nothing."""
    other = make_scene(scene.deps, "Southgate")
    foreign, now = other.message(other.lead()), scene.deps.now()
    tried = [scene.capture(CaptureKind.REJECTED, now, message=message) for message in (foreign.id, "cd" * 16, None)]

    assert marks(scene, *tried) == {}


def test_every_landing_is_claimed(scene: Scene) -> None:
    """Also that of a robot, whose page view does not stand: verdicts on clicks read it."""
    now = scene.deps.now()
    click = scene.click(scene.message(scene.lead()), now - timedelta(seconds=5))
    landed = {"landing": click.id, "landing_at": click.at}
    marks(scene, click, scene.page("robot", "/", now, agent=ROBOT, **landed), scene.page("person", "/", now, **landed))

    assert {claim.visitor for claim in scene.store.claims.on_clicks([click.id])} == {"robot", "person"}


def test_the_first_input_of_a_page_marks_its_visitor(scene: Scene) -> None:
    """Later ones change nothing that is computed; neither does a heartbeat of an older snippet."""
    now = scene.deps.now() - timedelta(seconds=40)

    def beat(seconds: int, **more: int) -> Capture:
        return scene.page("v", "/", now + timedelta(seconds=seconds), CaptureKind.BEAT, **more)

    assert marks(scene, scene.page("v", "/", now, inputs=0)) == {"v": "live"}
    assert marks(scene, beat(5), beat(6, inputs=0)) == {}
    first = beat(7, inputs=1, input_ms=6_900)
    assert marks(scene, first, beat(10, inputs=20, input_ms=6_900)) == {"v": "live"}
    assert marks(scene, beat(20, inputs=30, input_ms=6_900)) == {}
    assert scene.store.dwell.of([("v", "/")])["v", "/"].input_ms == 6_900


def test_a_repeated_batch_marks_again(scene: Scene) -> None:
    """A drain that was killed after it stored the input, and before it marked the visitor."""
    now = scene.deps.now()
    view, beat = scene.page("v", "/", now), scene.page("v", "/", now + timedelta(seconds=2), CaptureKind.BEAT, inputs=1, input_ms=1_900)
    marks(scene, view, beat)

    assert marks(scene, beat) == {"v": "live"}


def test_a_late_sent_time_marks_the_lead_from_the_message_on(scene: Scene) -> None:
    """Opens and clicks before it are judged again."""
    lead, now = scene.lead(), scene.deps.now()
    made = now - timedelta(hours=3)
    message = Message(
        id=new_id(),
        workspace=scene.workspace.id,
        lead=lead.id,
        subject="s",
        html="",
        source_html="",
        state=MessageState.DRAFT,
        created_at=made,
    )
    scene.store.messages.add(message)
    mark_sent(scene.deps, scene.workspace.id, message.id, now - timedelta(hours=1))
    (mark,) = scene.deps.store.dirty.claim("live", scene.deps.now(), 10)

    assert (mark.kind, mark.key) == ("lead", lead.id)
    assert mark.start <= scene.store.messages.get(message.id).created_at
