"""A siege: thousands of half-open connections from many addresses, and two well-behaved clients beside them. Used by the hostile case.

Attackers and clients are processes of their own: what one of them waits for is the server, not its neighbour.
"""

import itertools
import multiprocessing
import resource
import select
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from bench.child import family

ATTACKERS = 2
CLIENTS = {"a kept connection": True, "new connections": False}
_HALF = b"GET /o/x.gif HTTP/1.1\r\nHost: localhost\r\nX-Half"
_OWN_CLIENT = "127.0.9.9"
_QUIET_SECONDS = 8.0
_PATIENCE_SECONDS = 25.0
_PAUSE_SECONDS = 0.005
_AT_ONCE = 20
_DESCRIPTORS_KEPT_BACK = 256

Calls = list[tuple[float, float]]
"""When each answer was there (seconds since the epoch), and how many milliseconds it took."""


class Failed(RuntimeError):
    """A well-behaved client was not answered."""


@dataclass(frozen=True, slots=True)
class Flood:
    """What one attacker saw."""

    began: float
    opened: float
    over: float
    connections: int
    refused: int
    left: int
    """Still open when its patience was over."""
    oldest: float
    """Seconds that the one lived which the server closed last."""


@dataclass(frozen=True, slots=True)
class Siege:
    """One siege: the floods, the milliseconds of every call before and during it, by client."""

    floods: Sequence[Flood]
    calls: dict[str, Calls]
    descriptors: int
    """The most that one process of the server had open."""

    @property
    def began(self) -> float:
        """The first half-open connection."""
        return min(flood.began for flood in self.floods)

    @property
    def opened(self) -> float:
        """The last one is made."""
        return max(flood.opened for flood in self.floods)

    @property
    def rate(self) -> float:
        """Half-open connections a second while they were made."""
        return sum(flood.connections for flood in self.floods) / (self.opened - self.began)

    def before(self, client: str) -> list[float]:
        """Milliseconds of a client's calls in peace."""
        return [took for at, took in self.calls[client] if at < self.began]

    def during(self, client: str, *, rush: bool) -> list[float]:
        """The same during the rush, or until the last half-open connection is closed."""
        end = self.opened if rush else max(flood.over for flood in self.floods)
        return [took for at, took in self.calls[client] if self.began <= at - took / 1000 <= end]


def besiege(port: int, pid: int, request: bytes, connections: int, rate: float | None) -> Siege:
    """Half-open connections, so many a second (None: as fast as they come), beside clients that send `request`.

    `pid` is the server's first process. Raises Failed if a client was not answered.
    """
    seconds = _QUIET_SECONDS + _PATIENCE_SECONDS + (connections / rate if rate else 5)
    descriptors = 0
    with ProcessPoolExecutor(ATTACKERS + len(CLIENTS), multiprocessing.get_context("spawn")) as pool, multiprocessing.Manager() as manager:
        stop = manager.Event()
        clients = {name: pool.submit(call, port, request, time.time() + seconds, stop, kept=kept) for name, kept in CLIENTS.items()}
        time.sleep(_QUIET_SECONDS)
        share = connections // ATTACKERS
        attackers = [pool.submit(flood, port, share, rate / ATTACKERS if rate else None, number) for number in range(ATTACKERS)]
        while wait(attackers, timeout=0.5).not_done:
            descriptors = max(descriptors, *map(_descriptors, family(pid)))
        stop.set()
        return Siege([one.result() for one in attackers], {name: one.result() for name, one in clients.items()}, descriptors)


def most_connections(wanted: int) -> int:
    """How many of them the attackers may hold here, by the limit of descriptors."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, ATTACKERS * (hard - _DESCRIPTORS_KEPT_BACK))


def flood(port: int, connections: int, rate: float | None, number: int) -> Flood:
    """One attacker: opens half-open connections from six thousand loopback addresses, then waits until the server closes them."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held: dict[int, tuple[socket.socket, float]] = {}
    refused, began = 0, time.time()
    for i in range(connections):
        if rate and i % _AT_ONCE == 0:
            time.sleep(max(0.0, began + i / rate - time.time()))
        try:
            one = _half_open(port, f"127.0.{1 + number * 40 + i % 30}.{1 + i // 30 % 200}")
        except OSError:
            refused += 1
        else:
            held[one.fileno()] = (one, time.time())
    opened, made = time.time(), len(held)
    oldest = _wait_for_the_end(held, opened + _PATIENCE_SECONDS)
    return Flood(began, opened, time.time(), made, refused, len(held), oldest)


def _half_open(port: int, address: str) -> socket.socket:
    found = socket.socket()
    try:
        found.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
        found.bind((address, 0))
        found.settimeout(5)
        found.connect(("127.0.0.1", port))
        found.send(_HALF)
    except OSError:
        found.close()
        raise
    return found


def _wait_for_the_end(held: dict[int, tuple[socket.socket, float]], latest: float) -> float:
    """Takes those out of `held` that the server closed; the age of the oldest of them."""
    oldest, poll = 0.0, select.poll()
    for fd in held:
        poll.register(fd, select.POLLIN | select.POLLHUP)
    while held and time.time() < latest:
        for fd, _ in poll.poll(200):
            one, since = held[fd]
            if _is_open(one):
                continue
            poll.unregister(fd)
            del held[fd]
            one.close()
            oldest = max(oldest, time.time() - since)
    return oldest


def _is_open(one: socket.socket) -> bool:
    try:
        return bool(one.recv(4096))
    except OSError:
        return False


def call(port: int, request: bytes, latest: float, stop: threading.Event, *, kept: bool) -> Calls:
    """One well-behaved client: asks a hundred times a second, on one connection or on a new one each time. Raises Failed."""
    calls: Calls = []
    line: socket.socket | None = None
    for number in itertools.count():
        if time.time() > latest or (number % 20 == 0 and stop.is_set()):
            return calls
        begun = time.perf_counter()
        try:
            line = line or socket.create_connection(("127.0.0.1", port), 5, (_OWN_CLIENT, 0))
            line.sendall(request)
            answer = _answer(line)
        except OSError as error:
            raise Failed(f"a client was not answered: {error}") from error
        if not answer.startswith(b"HTTP/1.1 200"):
            raise Failed(f"a client was answered {answer[:60]!r}")
        if not kept:
            line.close()
            line = None
        calls.append((time.time(), (time.perf_counter() - begun) * 1000))
        time.sleep(_PAUSE_SECONDS)
    return calls


def _answer(line: socket.socket) -> bytes:
    answer = b""
    while not (b"GIF8" in answer and answer.endswith(b";")):
        part = line.recv(4096)
        if not part:
            break
        answer += part
    return answer


def _descriptors(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0
