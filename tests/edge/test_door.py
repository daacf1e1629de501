"""The edge's door: whoever has sent half a header waits outside; everything else comes in as if there were no door."""

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from gunicorn.config import Config

from tests.edge_process import SITE, EdgeProcess
from tests.ports import free_ports
from tracker.web.edge.server.door import Door, Guest
from tracker.web.edge.server.worker import MOST_PER_ADDRESS, EdgeWorker

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    made = EdgeProcess(free_ports(6), tmp_path_factory.mktemp("door") / "var")
    yield made
    made.stop()


def connected(edge: EdgeProcess, address: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(edge.url).port or 80), timeout=60, source_address=(address, 0))


def all_of(peer: socket.socket) -> bytes:
    """What comes until the connection ends, in whatever way."""
    parts = b""
    try:
        while part := peer.recv(65_536):
            parts += part
    except ConnectionResetError:
        return parts
    return parts


def descriptors(edge: EdgeProcess) -> int:
    """Of the edge's only worker."""
    return sum(1 for _ in Path(f"/proc/{worker(edge)}/fd").iterdir())


def worker(edge: EdgeProcess) -> str:
    """The process id of the edge's only worker."""
    return Path(f"/proc/{edge.process.pid}/task/{edge.process.pid}/children").read_text().split()[0]


@pytest.mark.parametrize("step", [1, 7, 40])
def test_headers_may_come_in_any_pieces(edge: EdgeProcess, step: int) -> None:
    """Cut within the method, between CR and LF, within a name: the request is the same."""
    with connected(edge) as peer:
        for start in range(0, len(GET), step):
            peer.sendall(GET[start : start + step])
            time.sleep(0.002)
        assert all_of(peer).startswith(b"HTTP/1.1 200 ")


WHOLE = b"GET /o/x.gif?a=1 HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nX-Odd: a:b \xe4\r\n\r\n"


@pytest.mark.parametrize("step", [1, 3, 17, 200])
@pytest.mark.parametrize(
    ("sent", "waits"),
    [
        (WHOLE, len(WHOLE) - 1),
        (b"\r\n" + WHOLE, len(WHOLE) + 1),
        (b"\r\n\r\n" + WHOLE, 3),
        (b"\r" + WHOLE, WHOLE.index(b"\n") + 1),  # whether an LF follows is not known before
        (b"GET /\n" + WHOLE, 5),
        (b"get / HTTP/1.1\r\n", 0),
        (b"Get / HTTP/1.1\r\n", 15),
        (b"PRI * HTTP/2.0\r\n\r\n", 15),
        (b"GET / HTTP/1.1\r\nNo colon\r\n", 25),
        (b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n", 33),
        (b"GET / HTTP/1.1\r\nHost: x\0\r\n", 25),
        (b"GET / HTTP/1.1\r\nHost: x\x0b\r\n", 25),
        (b"GET / HTTP/1.1\r\nHost: x\n\n", 23),
        (b"GET / HTTP/1.1\r\n\r\n", 17),
    ],
)
def test_who_waits_is_the_same_in_any_pieces(sent: bytes, waits: int, step: int) -> None:
    """One may wait as long as what was sent may become headers, whether it came at once or in pieces."""
    guest = Guest(None, 0, "")
    for end in range(step, len(sent) + step, step):
        guest.sent = sent[:end]
        is_waiting = guest.is_waiting()
        assert is_waiting == (len(guest.sent) <= waits), guest.sent
        if not is_waiting:
            return


def test_what_begins_like_no_request_does_not_wait() -> None:
    """TLS, and bytes of anything else."""
    for first in (b"\x16", b"\0", b" ", b"\n", b"\xff"):
        guest = Guest(None, 0, "")
        guest.sent = first
        assert not guest.is_waiting()


def test_after_half_a_header_the_door_goes_on_taking(edge: EdgeProcess) -> None:
    """It rests for a moment then. Whoever stands in line meanwhile, with a whole request or without, is taken after it."""
    for _ in range(20):
        with connected(edge) as dawdler, connected(edge) as peer:
            dawdler.sendall(GET[:20])
            peer.sendall(GET)
            assert all_of(peer).startswith(b"HTTP/1.1 200 ")
            dawdler.sendall(GET[20:])
            assert all_of(dawdler).startswith(b"HTTP/1.1 200 ")


def test_what_was_sent_behind_the_headers_is_not_lost(edge: EdgeProcess) -> None:
    """A second request and half of a third, in the packet that ends the first one's headers."""
    open_ended = GET.replace(b"Connection: close\r\n", b"")
    with connected(edge) as peer:
        peer.sendall(open_ended[:20])
        time.sleep(0.05)
        peer.sendall(open_ended[20:] + open_ended + GET[:30])
        time.sleep(0.05)
        peer.sendall(GET[30:])
        assert all_of(peer).count(b"HTTP/1.1 200 ") == 3


def test_long_headers_are_judged_by_the_parser(edge: EdgeProcess) -> None:
    """Longer than anybody is let wait with: whole they are served, too long they are refused by name."""
    for size, status in ((7_000, b"200"), (9_000, b"431")):
        with connected(edge) as peer:
            peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: " + b"x" * size)
            time.sleep(0.05)
            peer.sendall(b"\r\n\r\n")
            assert all_of(peer).split()[1] == status


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET /\x00 HTTP/1.1\r\n",
        b"\r\n \r\n",
        b"G\xc3T / HTTP/1.1\r\n",
        b"GET /\r\n",
        b"GET / FOO\r\nHost: x\r\n",
        b"GET / HTTP/9.9\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_whoever_begins_wrongly_is_told_at_once(edge: EdgeProcess, sent: bytes) -> None:
    """A client that waits for an answer would else wait until its time is up."""
    with connected(edge) as peer:
        peer.sendall(sent)
        assert all_of(peer)[:10] in {b"HTTP/1.1 4", b"HTTP/1.1 5"}


def test_whoever_leaves_leaves_nothing_behind(edge: EdgeProcess) -> None:
    """Gone without a word, in the middle of a header, or by a reset."""
    before = descriptors(edge)
    for number in range(60):
        peer = connected(edge)
        if number % 3:
            peer.sendall(b"GET /healthz HT")
        if number % 3 == 2:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()
    with connected(edge) as last:  # they stand in line: when this one is answered, all of them were taken
        last.sendall(GET)
        assert all_of(last).startswith(b"HTTP/1.1 200 ")
    until = time.monotonic() + 9  # unfinished ones are ended after ten
    while (left := descriptors(edge)) > before and time.monotonic() < until:
        time.sleep(0.05)
    assert left <= before


def test_a_connection_that_has_ended_leaves_no_memory(edge: EdgeProcess) -> None:
    """Thousands of visits, each over a connection of its own: a few hundred bytes too much of each would be gigabytes in a month."""

    def visit(times: int) -> int:
        for _ in range(times):
            with connected(edge) as peer:
                peer.sendall(GET)
                assert all_of(peer).startswith(b"HTTP/1.1 200 ")
        statm = Path(f"/proc/{worker(edge)}/statm").read_text().split()
        return int(statm[1]) * resource.getpagesize()

    before = visit(1_000)
    assert visit(3_000) - before < 3_000 * 1_000


@pytest.mark.parametrize("is_half_closed", [False, True])
def test_whoever_does_not_read_the_last_answer_is_ended(edge: EdgeProcess, *, is_half_closed: bool) -> None:
    """Megabytes of answers wait for them, and nothing more comes that could be answered: they have as long as whoever dawdles."""
    before = descriptors(edge)
    script = f"GET /t.js?s={SITE} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        for requests in range(200, 1_000, 16) if is_half_closed else range(500, 1_201, 100):
            peer = stack.enter_context(socket.socket())
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            peer.connect(("127.0.0.1", urlsplit(edge.url).port or 80))
            peer.sendall(script * requests + (b"" if is_half_closed else b"GARBAGE\r\n\r\n"))
            if is_half_closed:
                peer.shutdown(socket.SHUT_WR)
        time.sleep(2)
        assert descriptors(edge) > before
        until = time.monotonic() + 60
        while descriptors(edge) > before and time.monotonic() < until:
            time.sleep(0.2)
        assert descriptors(edge) <= before


def test_one_address_may_not_take_all_the_room(edge: EdgeProcess) -> None:
    """Beyond its share it is turned away; the next address is not, and what was given back can be taken again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4_096), hard), hard))
    crowd = [connected(edge, "127.0.7.1") for _ in range(MOST_PER_ADDRESS)]
    try:
        with connected(edge, "127.0.7.1") as refused:
            assert all_of(refused) == b""
        with connected(edge, "127.0.7.2") as other:
            other.sendall(GET)
            assert all_of(other).startswith(b"HTTP/1.1 200 ")
    finally:
        for peer in crowd:
            peer.close()
    until = time.monotonic() + 9  # unfinished ones are ended after ten
    answer = b""
    while not answer and time.monotonic() < until:
        with connected(edge, "127.0.7.1") as again:
            again.sendall(GET)
            answer = all_of(again)
    assert answer.startswith(b"HTTP/1.1 200 ")


class SmallEdge(EdgeProcess):
    """With so few descriptors that a hundred connections fill it."""

    launcher = ("prlimit", "--nofile=228:228")


def test_a_full_house_ends_who_is_idle_and_serves_who_comes(tmp_path: Path) -> None:
    """Newcomers who come together, each with a whole request, do not take one another's place."""
    small = SmallEdge(free_ports(6), tmp_path / "var")
    idle, fresh = [], []
    try:
        for _ in range(100):
            idle.append(connected(small))
            idle[-1].sendall(GET.replace(b"Connection: close\r\n", b""))
            assert idle[-1].recv(4096).startswith(b"HTTP/1.1 200 ")
        os.killpg(small.process.pid, signal.SIGSTOP)
        for _ in range(40):
            fresh.append(connected(small))
            fresh[-1].sendall(GET)
        os.killpg(small.process.pid, signal.SIGCONT)
        assert [all_of(peer)[:12] for peer in fresh] == [b"HTTP/1.1 200"] * 40
    finally:
        for peer in idle + fresh:
            peer.close()
        small.stop()


def test_too_many_unfinished_ones_make_room_long_before_their_time(tmp_path: Path) -> None:
    """A quarter of the house may dawdle, the oldest go first; whoever is connected and idle stays."""
    small = SmallEdge(free_ports(6), tmp_path / "var")
    idle, half = [], []
    try:
        for _ in range(20):
            idle.append(connected(small))
            idle[-1].sendall(GET.replace(b"Connection: close\r\n", b""))
            assert idle[-1].recv(4096).startswith(b"HTTP/1.1 200 ")
        for _ in range(60):
            half.append(connected(small))
            half[-1].sendall(GET[:20])
        ended = [peer.recv(1) for peer in half[:35]]  # each waits for its end
        for peer in (*half[35:], *idle):
            peer.sendall(GET[20:] if peer in half else GET)
        assert ended == [b""] * 35
        assert [all_of(peer)[:12] for peer in (*half[35:], *idle)] == [b"HTTP/1.1 200"] * 45
    finally:
        for peer in idle + half:
            peer.close()
        small.stop()


class Dawdler:
    """A connection whose time is over."""

    def __init__(self) -> None:
        self.has_ended = False

    def end(self) -> None:
        self.has_ended = True


def test_a_busy_loop_ends_as_many_as_one_at_leisure() -> None:
    """Rounds of thirty milliseconds instead of two: sixteen in each would take minutes for a full house."""
    dawdlers = [Dawdler() for _ in range(2_000)]

    async def rounds_until_all_have_ended() -> int:
        worker = EdgeWorker(0, 0, [], None, 30, Config(), logging.getLogger(__name__))
        worker.loop = asyncio.get_running_loop()
        worker._unfinished = OrderedDict.fromkeys(dawdlers, 0.0)
        sweeping = asyncio.create_task(worker._sweep())
        rounds = 0
        while not all(one.has_ended for one in dawdlers):
            time.sleep(0.03)  # noqa: ASYNC251 - whatever else the loop has to do
            await asyncio.sleep(0)
            rounds += 1
        sweeping.cancel()
        worker.tmp.close()
        return rounds

    assert asyncio.run(rounds_until_all_have_ended()) < 2_000 / 16 / 2


class Guests:
    """What a door needs of its worker, for connections that never come in."""

    log = logging.getLogger(__name__)

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def take(self, guest: Any, _address: str) -> bool:
        self.taken.append(guest)
        return True

    def release(self, guest: Any, _address: str) -> None:
        self.taken.remove(guest)


async def until_there_are(count: int, guests: Guests) -> None:
    for _ in range(250):
        if len(guests.taken) == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(guests.taken)} wait outside, not {count}")


def test_without_descriptors_it_waits_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """A process that has used up its descriptors refuses nobody for good, does not spin meanwhile, and says so once."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def rush() -> int:
        guests, loop = Guests(), asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            listener.setblocking(False)
            peers = [socket.socket() for _ in range(10)]
            door = Door(guests, loop, listener)
            free = os.dup(0)
            os.close(free)
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (free, usual[1]))
                for peer in peers:
                    peer.connect(listener.getsockname())
                await asyncio.sleep(0.35)
                warned = len(caplog.records)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, usual)
            await until_there_are(10, guests)
            door.close()
            for peer in peers:
                peer.close()
            await until_there_are(0, guests)
            return warned

    assert asyncio.run(rush()) == 1
