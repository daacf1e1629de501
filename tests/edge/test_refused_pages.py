"""Refused pages at the edge: counted by site and origin, without anything about the client, and within limits."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.edge_process import SITE, WORKSPACE, EdgeProcess, batch, event
from tests.ports import free_ports
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.web.edge.refusals import MOST_CAUSES, MOST_ORIGINS, RefusalTally, known_origin

ORIGIN, WWW = "https://acme.example", "https://www.acme.example"
UNKNOWN = "0a" * 8


@pytest.fixture
def edge(tmp_path) -> Iterator[EdgeProcess]:
    made = EdgeProcess(free_ports(6), tmp_path / "var", (ORIGIN,), EDGE_WORKERS="1")
    yield made
    if made.process.poll() is None:
        made.stop()


def counted(edge: EdgeProcess) -> dict[tuple[str, str, str, str], int]:
    """The greatest count of each cause in the spool of a stopped edge."""
    if edge.process.poll() is None:
        edge.stop()
    found: dict[tuple[str, str, str, str], int] = {}
    for one in edge.captures():
        assert one.kind is CaptureKind.REFUSED
        assert not [name for name in ("address", "agent", "headers", "visitor", "page", "title", "referrer") if getattr(one, name)]
        assert one.received == one.at
        assert one.received % 86_400_000 == 0
        key = (one.workspace, one.site or "", one.reason or "", one.url or "")
        found[key] = max(found.get(key, 0), one.count)
    return found


def test_pages_of_another_origin_and_of_an_unknown_key_are_counted(edge):
    """The answers stay what they were. Only page views count, and the workspace of an unknown key is found by the page's origin."""
    other = batch(event()).replace(SITE.encode(), UNKNOWN.encode())
    with httpx.Client(base_url=edge.url, timeout=60) as client:
        for _ in range(3):
            assert client.post("/e", content=batch(event()), headers={"Origin": WWW}).text == "wrong_origin\n"
        client.post("/e", content=batch(event(kind="beat")), headers={"Origin": WWW})
        client.post("/e", content=batch(event(), event("e2")), headers={"Origin": "null"})
        client.post("/e", content=batch(event()), headers={"Origin": "file://"})
        assert client.post("/e", content=other, headers={"Origin": ORIGIN}).text == "unknown_site\n"
        assert client.get(f"/t.js?s={UNKNOWN}", headers={"Referer": f"{ORIGIN}/pricing?name=dana"}).status_code == 404
        client.get(f"/t.js?s={UNKNOWN}", headers={"Referer": f"{WWW}/"})
        client.get(f"/t.js?s={UNKNOWN}")

    assert counted(edge) == {
        (WORKSPACE, SITE, "origin", WWW): 3,
        (WORKSPACE, SITE, "origin", "null"): 2,
        (WORKSPACE, SITE, "origin", ""): 1,
        (WORKSPACE, UNKNOWN, "key", ORIGIN): 2,
        ("", UNKNOWN, "key", WWW): 1,
    }


def test_the_counts_are_in_the_spool_within_seconds_and_rise(edge):
    """So that the set-up page shows them while the admin looks at it."""
    with httpx.Client(base_url=edge.url, timeout=60) as client:
        for expected in (1, 2):
            client.post("/e", content=batch(event()), headers={"Origin": WWW})
            until = time.monotonic() + 60
            while [c.count for c in edge.captures()][-1:] != [expected]:
                assert time.monotonic() < until
                time.sleep(0.05)
    assert len({one.id for one in edge.captures()}) == 1


def test_invented_keys_and_origins_stay_within_limits():
    """What exceeds them is counted without its origin, and the known origins go on."""
    tally = RefusalTally(lambda: 1_790_000_000_000)
    for number in range(1_000):
        tally.add("origin", WORKSPACE, SITE, f"https://{number}.example")
        tally.add("origin", WORKSPACE, SITE, "https://0.example")
    first = {one.url: one.count for one in tally.flush()}
    assert len(first) == MOST_ORIGINS + 1
    assert (first["https://0.example"], first[None]) == (1_001, 1_000 - MOST_ORIGINS)

    for number in range(1_000):
        tally.add("key", "", f"{number:016x}", "https://a.example")
        tally.add("key", "", f"no key {number}", "https://a.example")
    assert len(tally.flush()) <= MOST_CAUSES
    assert tally.flush() == []


def test_a_new_day_counts_anew():
    """Under another id, since the stored count is the greatest."""
    now = [1_790_000_000_000]
    tally = RefusalTally(lambda: now[0])
    found: list[Capture] = []
    for _ in range(2):
        tally.add("origin", WORKSPACE, SITE, WWW)
        found += tally.flush()
        now[0] += 86_400_000
    assert [one.count for one in found] == [1, 1]
    assert found[0].id != found[1].id


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (WWW, WWW),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("null", "null"),
        ("https://acme.example/path", ""),
        ("https://ACME.example", ""),
        ("https://user@acme.example", ""),
        ("https://acme.example:443", ""),
        ("chrome-extension://abcdef", ""),
        ("file://", ""),
        ("https://<script>", ""),
        (f"https://{'a' * 300}.example", ""),
    ],
)
def test_only_what_browsers_send_is_kept_as_an_origin(text: str, kept: str):
    """Anything else is counted as another origin."""
    assert known_origin(text) == kept
