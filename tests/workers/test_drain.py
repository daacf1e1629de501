"""The drain on its own: the order of files, and errors that must not stop it."""

import json
from datetime import timedelta

import msgspec
import pytest

from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.ops.hosts import DRAINS_KEY
from tracker.domain.activity.capture import CaptureKind
from tracker.spool import layout
from tracker.spool.file import SpoolFile, write_file, write_rows
from workers.drain.process import Drain


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace."""
    return make_scene(deps)


def stored(scene: Scene) -> list[str]:
    """The ids of clicks in the order in which they were stored."""
    rows = scene.deps.store.database.events.find({"k": "click"}).sort("$natural", 1)
    return [row["_id"][8:].hex() for row in rows]


def empty(drain: Drain) -> None:
    """Drains until nothing is left."""
    while drain.step():
        pass


def test_new_rows_come_before_a_backlog_of_many_files(scene: Scene):
    """First the file in use, then the newest finished one, then the oldest."""
    message, now = scene.message(scene.lead()), scene.deps.now()
    clicks = [scene.click(message, now - timedelta(hours=2) + timedelta(seconds=n)) for n in range(6)]
    for click in clicks[:5]:
        write_file(scene.deps.settings.spool_dir, [click])
    written = SpoolFile(scene.deps.settings.spool_dir)
    try:
        written.append([layout.encode(clicks[5])])
        empty(Drain(scene.deps))
    finally:
        written.close()

    assert stored(scene) == [clicks[n].id for n in (5, 4, 0, 1, 2, 3)]


def test_the_lag_is_the_age_of_the_oldest_row(scene: Scene):
    """In any file; an invalid row has no age and does not affect the others."""
    message, now = scene.message(scene.lead()), scene.deps.now()
    folder = scene.deps.settings.spool_dir
    write_file(folder, [scene.click(message, now - timedelta(seconds=30))])
    write_rows(folder, [b'{"id":"\xff"}', b'{"id":"","received":1' + b"0" * 400 + b"}"])
    write_file(folder, [scene.click(message, now - timedelta(seconds=90))])
    drain = Drain(scene.deps)
    drain.lag.publish()
    said = json.loads(scene.deps.redis.hget(DRAINS_KEY, scene.deps.settings.host_name) or b"{}")
    empty(drain)

    assert said["lag_events"] == 4
    assert 90 <= said["lag_seconds"] < 150
    assert len(stored(scene)) == 2


def test_invalid_presence_in_redis_is_ignored(scene: Scene):
    """An entry of another version, or an invalid one: that visitor is treated as new, and the live view shows the others."""
    workspace = scene.workspace.id
    for name, state in (("one", b"\xff"), ("two", b'{"visitor":"two"}'), ("three", b"[]"), ("four", b'{"last":"soon"}')):
        scene.deps.redis.hset(f"ll:presence:{workspace}", name, state)
    assert scene.deps.bus.presence(workspace) == []
    captures = [scene.page(name, "/pricing", scene.deps.now()) for name in ("one", "two", "three", "four", "five")]
    scene.spool(captures)
    empty(Drain(scene.deps))

    assert {state.visitor for state in scene.deps.bus.presence(workspace)} == {capture.visitor for capture in captures}


def test_a_view_has_its_last_address_and_title(scene: Scene):
    """A heartbeat tells them: the event, the visit and the live view follow it; what has no title keeps the former."""
    at = scene.deps.now() - timedelta(minutes=1)
    view = scene.page("one", "/", at)
    late = msgspec.structs.replace(scene.page("one", "/de/home", at + timedelta(seconds=1), CaptureKind.BEAT, page="/"), title="Prices")
    other = msgspec.structs.replace(scene.page("one", "/de/home?x=1", at + timedelta(seconds=2), CaptureKind.BEAT, page="/"), title="")
    plain = msgspec.structs.replace(scene.page("one", "/wrong", at + timedelta(seconds=3), CaptureKind.BEAT, page="/"), title=None)
    scene.spool([view])
    scene.settle()
    scene.spool([late, other, plain])
    scene.settle()
    store = scene.deps.store.of(scene.workspace.id)
    event, (visit,) = store.events.get(view.id), store.visits.latest()

    last = f"{scene.site.origins[0]}/de/home?x=1"
    assert (event.url, event.title) == (last, "Prices")
    assert [(page.url, page.title) for page in visit.pages] == [(last, "Prices")]
    assert [(state.url, state.title) for state in scene.deps.bus.presence(scene.workspace.id)] == [(last, "Prices")]
