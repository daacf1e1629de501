"""How many streams may be open: by key, client address, workspace and in total; a refused or closed one holds no place."""

import pytest

from tracker.actions.team import api_keys
from tracker.web.api.streams import fanout, limits
from tracker.web.api.streams.limits import StreamCounter, StreamLimit, TooManyStreams, limits_of


def test_a_stream_counts_under_all_names_or_under_none():
    """Refused by the last limit, it leaves nothing behind in the others."""
    held = StreamCounter()
    wide, narrow = StreamLimit("wide", 2, "wide is full"), StreamLimit("narrow", 1, "narrow is full")
    held.acquire([wide, narrow])

    with pytest.raises(TooManyStreams, match="narrow is full"):
        held.acquire([wide, narrow])

    assert (held.count("wide"), held.count("narrow")) == (1, 1)
    held.release([wide, narrow])
    assert (held.count("wide"), held.count("narrow")) == (0, 0)
    held.acquire([wide])
    held.acquire([wide])
    with pytest.raises(TooManyStreams, match="wide is full"):
        held.acquire([wide])


def test_many_keys_of_a_workspace_leave_room():
    """Each at its own limit, from as many addresses: the workspace's keys are bounded, its browsers and others find a place."""
    held = StreamCounter()
    refused: set[str] = set()
    for key in range(20):
        for _ in range(limits.PER_KEY):
            try:
                held.acquire(limits_of("a", f"key:{key}", f"10.0.{key}.1", by_key=True))
            except TooManyStreams as full:
                refused.add(str(full))

    assert refused == {f"The keys of this workspace have {limits.KEYS_PER_WORKSPACE} open streams already. Close one, or try again later."}
    held.acquire(limits_of("a", "session:s", "10.1.0.1", by_key=False))
    held.acquire(limits_of("b", "key:other", "10.1.0.1", by_key=True))


def test_many_workspaces_leave_room_for_short_requests():
    """In total: well below the 1,000 connections of a console process."""
    held = StreamCounter()
    opened = 0
    for number in range(2000):
        try:
            held.acquire(limits_of(f"workspace{number % 40}", f"key:{number % 80}", f"10.0.0.{number % 90}", by_key=True))
            opened += 1
        except TooManyStreams:
            pass

    assert opened == limits.IN_TOTAL <= 600


def test_one_address_is_bounded_over_all_keys_and_workspaces(api, deps, workspace):
    """429 as problem details that say whose limit it is and when to come back; the address is the client's."""
    held = fanout.of(deps).counter
    limit = next(one for one in limits_of("x", "session:x", "127.0.0.1", by_key=False) if one.name.startswith("address:"))
    for _ in range(limits.PER_ADDRESS):
        held.acquire([limit])

    refused = api.get("/live")

    assert (refused.status_code, refused.content_type, refused.headers["Retry-After"]) == (429, "application/problem+json", "15")
    assert refused.json["detail"] == "Your network address has 200 open streams already. Close one, or try again later."
    assert held.count("total") == 0
    held.release([limit])
    stream = api.get("/live")
    assert stream.status_code == 200
    stream.close()


def test_a_key_is_bounded(api, deps, workspace):
    """100 streams of one key; another key of the workspace is not refused for it."""
    streams = [api.client.get("/api/v1/live", headers={"Authorization": f"Bearer {api.key}"}) for _ in range(limits.PER_KEY)]
    other = api_keys.new_key(deps, workspace.id)[1]

    refused = api.get("/live")
    others = api.client.get("/api/v1/live", headers={"Authorization": f"Bearer {other}"})

    assert {stream.status_code for stream in streams} == {200}
    assert (refused.status_code, others.status_code) == (429, 200)
    for stream in (*streams, others):
        stream.close()
    assert fanout.of(deps).counter.count("total") == 0


def test_unread_streams_are_released(api, deps):
    """HEAD, a client gone before the first line or after it, a response that is dropped: each frees its place."""
    held = fanout.of(deps).counter

    assert api.call("HEAD", "/live").status_code == 200
    assert held.count("total") == 0
    unread = api.get("/live")
    assert held.count("total") == 1
    unread.close()
    assert held.count("total") == 0
    begun = api.get("/live")
    next(iter(begun.response))
    begun.close()
    assert held.count("total") == 0
    dropped = api.get("/live")
    assert dropped.status_code == 200
    del dropped
    assert held.count("total") == 0


def test_refused_requests_hold_no_place(api, deps):
    """An id that is none, a key that does not work."""
    assert api.get("/live", Last_Event_ID="1" * 60).status_code == 422
    api.key = "ll_wrong"
    assert api.get("/live").status_code == 401
    assert fanout.of(deps).counter.count("total") == 0
