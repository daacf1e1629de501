"""The live streams of API and console carry to a rep who sees only own leads nothing of a colleague's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.authorization.world import Caller, World
from tests.live_messages import alert, event, presence
from tracker.actions.deps import Deps
from tracker.actions.team import sessions
from tracker.domain.alerting.payload import AlertUnsure, AlertWithdrawn


def heard(answer: TestResponse, until: str) -> list[tuple[str, dict[str, Any]]]:
    """What the stream says up to the alert with that id: (kind, data)."""
    found: list[tuple[str, dict[str, Any]]] = []
    for chunk in _chunks(answer):
        kind = chunk.partition("event: ")[2].partition("\n")[0]
        data = json.loads(chunk.partition("data: ")[2].partition("\n")[0] or "{}")
        if kind and kind != "ping":
            found.append((kind, data))
        if data.get("id") == until:
            return found
    raise AssertionError("the stream ended")


def _chunks(answer: TestResponse) -> Iterator[str]:
    for part in answer.response:
        yield part.decode() if isinstance(part, bytes) else part


def listen(caller: Caller, deps: Deps, path: str) -> TestResponse:
    """Opens the stream by key, or for the console by session, from the beginning of what the bus remembers."""
    client = caller.app.test_client()
    if path.startswith("/api"):
        return client.get(path, headers={"Authorization": f"Bearer {caller.key}", "Last-Event-ID": "0-0"})
    assert caller.rep is not None
    client.set_cookie("ll_session", sessions.start(deps, caller.rep))
    return client.get(path, headers={"Last-Event-ID": "0-0"})


def publish(world: World, deps: Deps) -> None:
    """One message of each kind about each lead, about an anonymous visitor, and at the end a test of Rosa's channel."""
    for records in (world.his, world.hers, world.unowned):
        lead, mark = records.ids["lead"], records.mark
        page = {"lead": lead, "url": f"https://us.example/{mark}", "title": mark, "visitor": mark}
        deps.bus.publish_many(world.workspace.id, [presence(**page), event(f"e-{mark}", **page)])
        for rep in (records.ids["rep"] or None, None):
            deps.bus.publish(world.workspace.id, alert(f"a-{mark}", lead=lead, rep=rep, title=mark))
            deps.bus.publish(world.workspace.id, AlertUnsure(id=f"a-{mark}", lead=lead, rep=rep))
        deps.bus.publish(world.workspace.id, AlertWithdrawn(id=f"a-{mark}", lead=lead, rep=None))
    deps.bus.publish(world.workspace.id, event("anonymous", url="https://us.example/unknownsecret"))
    deps.bus.publish(world.workspace.id, presence(lead="f" * 32, url="https://us.example/gonesecret"))
    deps.bus.publish(world.workspace.id, alert("end", rep=world.hers.ids["rep"], title="Test"))


@pytest.mark.parametrize("path", ["/api/v1/live", "/live/stream"])
def test_a_stream_says_nothing_of_a_colleagues_lead(world: World, deps: Deps, path: str) -> None:
    """Nor of visitors whose lead is not known, or is gone; of other leads all kinds. What is not confirmed is for consoles only."""
    publish(world, deps)
    answer = listen(world.rosa, deps, path)
    found = heard(answer, "end")
    answer.close()

    text = json.dumps(found)
    assert world.his.shown_in(text) == []
    assert "unknownsecret" not in text
    assert "gonesecret" not in text
    for records in (world.hers, world.unowned):
        kinds = {kind for kind, data in found if data.get("lead") == records.ids["lead"]}
        for_console = set() if path.startswith("/api") else {"unsure"}
        assert kinds == {"presence", "event", "alert", "withdrawn"} | for_console, records.mark
    if path.startswith("/api"):
        assert all(data for _, data in found)


def test_a_lead_that_changes_hands_changes_streams(world: World, deps: Deps) -> None:
    """What was said of a lead while it was Rosa's is not said again to her after it went to Ivo."""
    publish(world, deps)
    deps.store.of(world.workspace.id).leads.change(world.hers.ids["lead"], owner=world.his.ids["rep"])

    answer = listen(world.rosa, deps, "/api/v1/live")
    found = heard(answer, "end")
    answer.close()

    assert world.hers.shown_in(json.dumps(found)) == []
