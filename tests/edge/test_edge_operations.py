"""The edge as an operator sees it: ready or not, and a log that holds ids and no tokens."""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.edge_process import EdgeProcess, batch, event
from tests.ports import free_ports
from tracker.spool import policy
from tracker.spool.quota import LEAST_BYTES

ORIGIN = "https://acme.example"


@pytest.fixture
def edge(tmp_path) -> Iterator[EdgeProcess]:
    made = EdgeProcess(free_ports(6), tmp_path / "var", (ORIGIN,), LOG_LEVEL="debug")
    yield made
    if made.process.poll() is None:
        made.stop()


def test_ready_means_that_events_can_be_kept(edge):
    """A spool that cannot be written to is not ready; a stale policy is reported, and the edge answers all the same."""
    known = policy.path_of(edge.settings)
    assert httpx.get(f"{edge.url}/readyz", timeout=60).json().items() >= {"spool": "ok", "policy": "ok"}.items()

    os.utime(known, (time.time() - 3600,) * 2)
    found = httpx.get(f"{edge.url}/readyz", timeout=60)
    assert (found.status_code, found.json()["policy"], found.json()["policy_seconds"] >= 3600) == (200, "stale", True)

    known.unlink()
    assert httpx.get(f"{edge.url}/readyz", timeout=60).json()["policy"] == "absent"

    edge.settings.spool_dir.rename(edge.settings.data / "moved")
    edge.settings.spool_dir.write_text("not a folder")
    found = httpx.get(f"{edge.url}/readyz", timeout=60)
    assert (found.status_code, found.json()["spool"] == "ok") == (503, False)
    assert httpx.get(edge.pixel(), timeout=60).status_code == 200


def test_every_line_of_its_log_is_an_object(edge):
    """Gunicorn's own lines as well, from the first to the last, and no link's token in them."""
    token = edge.unsubscribe().rpartition("/")[2]
    with socket.create_connection(("127.0.0.1", edge.settings.edge_port), timeout=60) as peer:
        peer.sendall(f"GET /u/{token}\r\n\r\n".encode())
        peer.recv(1000)
    edge.stop()
    lines = edge.log.read_text().splitlines()

    assert {"Starting gunicorn", "Booting worker", "Shutting down"} <= {
        json.loads(line)["text"].split(" 2")[0].split(" with")[0].split(":")[0] for line in lines
    }
    assert token not in "".join(lines)


def is_kept(edge: EdgeProcess) -> bool:
    """Whether an opening that was answered just now is in the spool."""
    before = len(edge.captures())
    assert httpx.get(edge.pixel(), timeout=60).status_code == 200
    return len(edge.captures()) > before


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


def test_over_the_quota_leads_are_answered_and_opt_outs_are_kept(tmp_path):
    """An undrained spool stays within its quota: the pixel is served, the loss is counted, an opt-out is committed."""
    edge = EdgeProcess(free_ports(6), tmp_path / "var", (ORIGIN,), SPOOL_QUOTA_MB="1")
    try:
        httpx.get(edge.pixel(), timeout=60)
        edge.wait_for(1)
        full = edge.settings.spool_dir / "other.db.part"
        with full.open("wb") as file:
            file.truncate(LEAST_BYTES + 1)
        until(lambda: not is_kept(edge))
        before = len(edge.captures())
        assert httpx.post(edge.unsubscribe(), content=b"List-Unsubscribe=One-Click", timeout=60).status_code == 200
        assert [capture.kind for capture in edge.captures()[before:]] == ["unsubscribe"]
        full.unlink()
        until(lambda: is_kept(edge))
    finally:
        edge.stop()


def test_the_log_follows_an_event_by_its_id_and_never_tells_a_token(edge):
    """At the debug level, by every route, with valid and with broken tokens."""
    pixel, click, leave, landing = edge.pixel(), edge.click("https://acme.example/?q=1"), edge.unsubscribe(), edge.landing()
    with httpx.Client(timeout=60, headers={"Referer": click, "Origin": ORIGIN}) as client:
        for url in (pixel, click, leave, click[:-3], pixel.replace(".gif", "x.gif"), f"{edge.url}/x?token={landing}"):
            client.get(url)
        client.post(leave, content=b"List-Unsubscribe=One-Click", timeout=60)
        client.post(f"{edge.url}/e", content=batch(event(), ll=landing))
    kept = edge.wait_for(5)
    edge.stop()
    text = edge.log.read_text()

    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert {line["event"] for line in lines if "event" in line} == {capture.id for capture in kept}
    given = [url.rpartition("/")[2].removesuffix(".gif") for url in (pixel, click, leave)] + [landing]
    assert not [part for token in given for part in token.split(".") if part in text]


def test_the_path_of_the_edge_url_may_be_passed_on(tmp_path: Path) -> None:
    """A proxy may remove it or not; links are the same."""
    port = free_ports(6)
    edge = EdgeProcess(port, tmp_path / "var", ("https://acme.example",), EDGE_URL=f"http://localhost:{port + 1}/track")
    try:
        with httpx.Client(base_url=f"http://localhost:{port + 1}", timeout=30) as client:
            found = [
                client.get(path).status_code for path in ("/healthz", "/track/healthz", "/track/o/x.gif", "/tracking/healthz", "/track")
            ]
        assert found == [200, 200, 200, 404, 404]
    finally:
        edge.stop()
