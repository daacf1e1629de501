"""The live stream over real HTTP: what happens is heard within a moment, and resumed after a break."""

import json
import threading

import httpx
import pytest
from werkzeug.serving import make_server

from tests.live_messages import alert, received
from tracker.web.api.streams import fanout


@pytest.fixture
def url(app, deps):
    """The API, served on a port of its own."""
    server = make_server("127.0.0.1", deps.settings.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{deps.settings.port}/api/v1"
    fanout.of(deps).closing = True
    server.shutdown()
    for one in (thread, *(reader for reader in threading.enumerate() if reader.name.startswith("live-"))):
        one.join()
    server.server_close()


def events_of(stream, count):
    """The first events of a stream: (id, kind, data)."""
    found, now = [], {}
    for line in stream.iter_lines():
        if not line and "event" in now:
            found.append((now.get("id"), now["event"], json.loads(now["data"])))
            if len(found) == count:
                return found
        if not line:
            now = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            now[name] = value
    return found


def test_a_program_hears_what_happens(url, api, deps, workspace):
    """What is published reaches a stream that is open, and one that comes back with Last-Event-ID."""
    headers = {"Authorization": f"Bearer {api.key}"}
    with httpx.stream("GET", f"{url}/live", headers=headers, timeout=60) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert any(line == ": beat" for line in lines)
        api.post("/notes", {"lead": api.lead()["id"], "text": "x", "kind": "call"})
        now = {}
        for line in lines:
            name, _, value = line.partition(": ")
            now[name] = value
            if not line and "data" in now:
                break
    data = json.loads(now["data"])
    assert (now["event"], data["kind"], data["verdict"]) == ("event", "call", "human")

    hostile = alert("a", text="line\nevent: forged\n\n")
    deps.bus.publish(workspace.id, hostile)
    with httpx.stream("GET", f"{url}/live", headers=headers | {"Last-Event-ID": now["id"]}, timeout=60) as stream:
        missed = events_of(stream, 1)
    assert [(kind, data) for _, kind, data in missed] == [received(hostile)]


def test_strangers_hear_nothing(url, api, stranger, deps, workspace):
    """Of two workspaces' news each stream tells its own; without a key there is none."""
    assert httpx.get(f"{url}/live", timeout=60).status_code == 401
    (other,) = (one for one in deps.store.workspaces.all() if one.id != workspace.id)
    with httpx.stream("GET", f"{url}/live", headers={"Authorization": f"Bearer {stranger.key}"}, timeout=60) as stream:
        lines = stream.iter_lines()
        assert any(line == ": beat" for line in lines)
        deps.bus.publish(workspace.id, alert("theirs"))
        deps.bus.publish(other.id, alert("own"))
        heard = next(line for line in lines if line.startswith("data: "))
    assert json.loads(heard.removeprefix("data: "))["id"] == "own"
