"""Deadlines of connections, by a clock that the test sets."""

from collections.abc import Iterator

import pytest

from tracker.web.edge.server.deadlines import REQUEST_SECONDS, Deadlines


class Peer:
    """A connection."""

    def abort(self) -> None:
        raise AssertionError("the worker closes connections, not their deadlines")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def deadlines(clock: Clock) -> Iterator[Deadlines]:
    """With a keep-alive timeout of five seconds."""
    return Deadlines(5.0, clock)


def test_a_request_has_ten_seconds(deadlines: Deadlines, clock: Clock) -> None:
    """Counted from its start, however often more of it arrives."""
    peer = Peer()
    deadlines.start_request(peer)
    clock.now += 9.9
    deadlines.start_request(peer)
    assert (REQUEST_SECONDS, deadlines.expired(10)) == (10.0, [])
    clock.now += 0.2
    assert deadlines.expired(10) == [(peer, "deadline")]


def test_an_idle_connection_has_the_keep_alive_timeout(deadlines: Deadlines, clock: Clock) -> None:
    """Until the next request begins, which has its own deadline."""
    idle, resumed = Peer(), Peer()
    for peer in (idle, resumed):
        deadlines.start_idle(peer)
    assert deadlines.idle() == [idle, resumed]
    clock.now += 4
    deadlines.start_request(resumed)
    clock.now += 1
    assert (deadlines.expired(10), deadlines.idle()) == ([(idle, "idle")], [idle])


def test_a_request_that_is_being_answered_has_no_deadline(deadlines: Deadlines, clock: Clock) -> None:
    """How long a response takes is the spool's business."""
    peer = Peer()
    deadlines.start_request(peer)
    deadlines.clear(peer)
    clock.now += 1000
    assert deadlines.expired(10) == []


def test_the_oldest_expire_first_and_a_few_at_a_time(deadlines: Deadlines, clock: Clock) -> None:
    """So that the event loop serves requests between them."""
    peers = [Peer() for _ in range(5)]
    for peer in peers:
        deadlines.start_request(peer)
        clock.now += 1
    clock.now += 6.5
    assert [peer for peer, _ in deadlines.expired(3)] == peers[:2]
    clock.now += 10
    assert [peer for peer, _ in deadlines.expired(3)] == peers[:3]
