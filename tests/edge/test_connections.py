"""Connections of the edge: limits, deadlines, requests in parts, and what is left when a connection has closed."""

import contextlib
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.edge_process import SITE, EdgeProcess
from tests.ports import free_ports
from tracker.web.edge.routes.pixel import GIF

OPEN = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PROXIED_CONNECTIONS = 1_500


def worker_class(name: str, keep_alive: int = 3600) -> str:
    """Options for gunicorn: one of the worker classes of this folder, and its keep-alive timeout."""
    return f"--worker-class tests.edge.deadline_workers.{name} --keep-alive {keep_alive}"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    """An edge whose deadlines end no test."""
    made = EdgeProcess(
        free_ports(6),
        tmp_path_factory.mktemp("connections") / "var",
        TRUSTED_PROXIES="127.0.0.1",
        GUNICORN_CMD_ARGS=worker_class("LongDeadlineWorker"),
    )
    yield made
    made.stop()


@pytest.fixture(scope="module")
def strict_edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    """An edge with a short deadline for requests, and a long one for idle connections."""
    made = EdgeProcess(free_ports(6), tmp_path_factory.mktemp("deadlines") / "var", GUNICORN_CMD_ARGS=worker_class("ShortDeadlineWorker"))
    yield made
    made.stop()


def connected(edge: EdgeProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(edge.url).port or 80), timeout=60)


def read_to_end(client: socket.socket) -> bytes:
    """What arrives until the connection closes, in whatever way."""
    parts = b""
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65_536):
            parts += part
    return parts


def read_response(client: socket.socket) -> bytes:
    """One response with a Content-Length; an empty text if the connection closes without one."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65_536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(65_536)
    return head + b"\r\n\r\n" + body


def descriptors(edge: EdgeProcess) -> int:
    """Open file descriptors of the edge's only worker."""
    return sum(1 for _ in Path(f"/proc/{worker_pid(edge)}/fd").iterdir())


def worker_pid(edge: EdgeProcess) -> str:
    return Path(f"/proc/{edge.process.pid}/task/{edge.process.pid}/children").read_text().split()[0]


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_one_trusted_proxy_may_hold_many_connections(edge: EdgeProcess) -> None:
    """A reverse proxy is not a client: each of its kept connections is served, and each open has the address of its own client."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4_096), hard), hard))
    path = urlsplit(edge.pixel()).path
    with contextlib.ExitStack() as stack:
        proxied = [stack.enter_context(connected(edge)) for _ in range(PROXIED_CONNECTIONS)]
        for _ in range(2):
            for number, client in enumerate(proxied):
                forwarded = f"203.0.{number // 250}.{number % 250}"
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {forwarded}\r\n\r\n".encode())
            responses = [read_response(client) for client in proxied]
            assert sum(response.endswith(GIF) for response in responses) == PROXIED_CONNECTIONS
    captures = edge.wait_for(2 * PROXIED_CONNECTIONS)

    assert len(captures) == 2 * PROXIED_CONNECTIONS
    assert len({capture.address for capture in captures}) == PROXIED_CONNECTIONS


class SmallEdge(EdgeProcess):
    """An edge with so few file descriptors that its limit is 100 connections."""

    launcher = ("prlimit", "--nofile=228:228")


def test_at_the_connection_limit_new_connections_wait(tmp_path: Path) -> None:
    """No established connection is closed. New ones wait in the backlog, and are served in turn as others close."""
    small = SmallEdge(free_ports(6), tmp_path / "var", GUNICORN_CMD_ARGS=worker_class("LongDeadlineWorker"))
    with contextlib.ExitStack() as stack:
        stack.callback(small.stop)
        established = [stack.enter_context(connected(small)) for _ in range(100)]
        for client in established:
            client.sendall(OPEN)
        assert [read_response(client)[:12] for client in established] == [b"HTTP/1.1 200"] * 100
        waiting = [stack.enter_context(connected(small)) for _ in range(40)]
        for client in waiting:
            client.sendall(GET)
        for client in established:
            client.sendall(OPEN)
        assert [read_response(client)[:12] for client in established] == [b"HTTP/1.1 200"] * 100
        assert select.select(waiting, [], [], 0)[0] == []
        established[0].close()
        assert [read_to_end(client)[:12] for client in waiting] == [b"HTTP/1.1 200"] * 40
        for client in established[1:]:
            client.sendall(GET)
        assert [read_to_end(client)[:12] for client in established[1:]] == [b"HTTP/1.1 200"] * 99
    assert small.log.read_text().count("connection limit reached") == 1


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /o/x.gif HTTP/1.1\r\nHo", b"POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"],
    ids=["nothing", "head", "body"],
)
def test_incomplete_requests_are_closed(strict_edge: EdgeProcess, sent: bytes) -> None:
    """Hundreds of them, and complete requests are served meanwhile. A connection that is idle after a response stays open."""
    with contextlib.ExitStack() as stack:
        idle = stack.enter_context(connected(strict_edge))
        idle.sendall(OPEN)
        assert read_response(idle).startswith(b"HTTP/1.1 200 ")
        slow = [stack.enter_context(connected(strict_edge)) for _ in range(300)]
        for client in slow:
            client.sendall(sent)
        for _ in range(20):
            client = stack.enter_context(connected(strict_edge))
            client.sendall(GET)
            assert read_to_end(client).startswith(b"HTTP/1.1 200 ")
        assert {read_to_end(client) for client in slow} == {b""}
        idle.sendall(GET)
        assert read_to_end(idle).startswith(b"HTTP/1.1 200 ")


def test_the_deadline_counts_from_the_first_byte(strict_edge: EdgeProcess) -> None:
    """A client that goes on sending header lines is closed all the same, also on a connection that has served a request."""
    with connected(strict_edge) as client:
        client.sendall(OPEN)
        assert read_response(client).startswith(b"HTTP/1.1 200 ")
        client.sendall(OPEN[:-2])
        until = time.monotonic() + 60
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < until and not select.select([client], [], [], 0.05)[0]:
                client.sendall(b"X: y\r\n")
        assert time.monotonic() < until
        assert read_to_end(client) == b""


@pytest.mark.parametrize("step", [1, 7, 40])
def test_a_head_may_arrive_in_any_parts(edge: EdgeProcess, step: int) -> None:
    """Cut within the method, between CR and LF, within a name: the request is the same."""
    with connected(edge) as client:
        for start in range(0, len(GET), step):
            client.sendall(GET[start : start + step])
            time.sleep(0.002)
        assert read_to_end(client).startswith(b"HTTP/1.1 200 ")


def test_input_behind_a_head_is_not_lost(edge: EdgeProcess) -> None:
    """A second request and half of a third, in the packet that completes the head of the first."""
    with connected(edge) as client:
        client.sendall(OPEN[:20])
        time.sleep(0.05)
        client.sendall(OPEN[20:] + OPEN + GET[:30])
        time.sleep(0.05)
        client.sendall(GET[30:])
        assert read_to_end(client).count(b"HTTP/1.1 200 ") == 3


def test_long_headers_are_served_or_refused_by_name(edge: EdgeProcess) -> None:
    """Below the limit of a header line they are served; above it the status is 431."""
    for size, status in ((7_000, b"200"), (9_000, b"431")):
        with connected(edge) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: " + b"x" * size)
            time.sleep(0.05)
            client.sendall(b"\r\n\r\n")
            assert read_to_end(client).split()[1] == status


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
def test_a_malformed_head_is_refused_before_it_is_complete(edge: EdgeProcess, sent: bytes) -> None:
    """The client need not wait for the deadline."""
    with connected(edge) as client:
        client.sendall(sent)
        assert read_to_end(client)[:10] in {b"HTTP/1.1 4", b"HTTP/1.1 5"}


def test_a_client_that_disconnects_leaves_nothing_open(edge: EdgeProcess) -> None:
    """Closed before any input, within a head, or by a reset."""
    before = descriptors(edge)
    for number in range(60):
        client = connected(edge)
        if number % 3:
            client.sendall(b"GET /healthz HT")
        if number % 3 == 2:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    wait_until(lambda: descriptors(edge) <= before)


def test_a_closed_connection_leaves_no_memory(edge: EdgeProcess) -> None:
    """Thousands of visits, each on a connection of its own: some hundred bytes lost with each would be gigabytes in a month."""

    def visit(times: int) -> int:
        for _ in range(times):
            with connected(edge) as client:
                client.sendall(GET)
                assert read_to_end(client).startswith(b"HTTP/1.1 200 ")
        statm = Path(f"/proc/{worker_pid(edge)}/statm").read_text().split()
        return int(statm[1]) * resource.getpagesize()

    before = visit(1_000)
    assert visit(3_000) - before < 3_000 * 1_000


@pytest.mark.parametrize("is_half_closed", [False, True])
def test_unread_responses_are_subject_to_the_deadline(strict_edge: EdgeProcess, *, is_half_closed: bool) -> None:
    """Megabytes of responses wait for the client, which sends nothing more and reads nothing."""
    before = descriptors(strict_edge)
    script = f"GET /t.js?s={SITE} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        for requests in range(200, 1_000, 50):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.connect(("127.0.0.1", urlsplit(strict_edge.url).port or 80))
            client.sendall(script * requests + (b"" if is_half_closed else b"GARBAGE\r\n\r\n"))
            if is_half_closed:
                client.shutdown(socket.SHUT_WR)
        wait_until(lambda: descriptors(strict_edge) <= before)


def test_idle_connections_are_closed_after_the_keep_alive_timeout(tmp_path: Path) -> None:
    """The client sees the end of the connection; at shutdown it does so at once."""
    quick = EdgeProcess(free_ports(6), tmp_path / "var", GUNICORN_CMD_ARGS=worker_class("LongDeadlineWorker", keep_alive=1))
    with connected(quick) as client, connected(quick) as other:
        client.sendall(OPEN)
        assert read_response(client).startswith(b"HTTP/1.1 200 ")
        assert read_to_end(client) == b""
        other.sendall(OPEN)
        assert read_response(other).startswith(b"HTTP/1.1 200 ")
        quick.stop()
        assert read_to_end(other) == b""


def test_a_rush_of_connections_waits_in_the_backlog(edge: EdgeProcess) -> None:
    """While the edge is busy, hundreds may connect: the kernel refuses none, which would cost each a second until it tries again."""
    port, rush = urlsplit(edge.url).port, []
    os.killpg(edge.process.pid, signal.SIGSTOP)
    try:
        for _ in range(400):
            rush.append(socket.socket())
            rush[-1].setblocking(False)
            rush[-1].connect_ex(("127.0.0.1", port))
        time.sleep(0.3)
        assert len(select.select([], rush, [], 0)[1]) == 400
    finally:
        os.killpg(edge.process.pid, signal.SIGCONT)
        for client in rush:
            client.close()
