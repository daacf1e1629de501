"""A siege: thousands of half-open connections from many addresses, and well-behaved clients beside them. Used by the hostile case.

Attackers and clients are processes of their own: what one of them waits for is the server, not its neighbour. A client's answer
counts from the moment its request was due, as in `pace`.
"""

import asyncio
import contextlib
import multiprocessing
import resource
import select
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from bench.targets.process import process_tree

CLIENTS = {"kept connections": "127.0.200.1", "new connections": "127.0.200.2"}
CALLS_PER_SECOND = 100
_KEPT = 8
_HALF = b"GET /o/x.gif HTTP/1.1\r\nHost: localhost\r\nX-Half"
_START_SECONDS = 4.0
_PEACE_SECONDS = 8.0
_DEADLINE_SECONDS = 10.0
_PATIENCE_SECONDS = 25.0
_AT_ONCE = 20
_DESCRIPTORS_KEPT_BACK = 256
_IP_BIND_ADDRESS_NO_PORT = 24


class Failed(RuntimeError):
    """A well-behaved client was not answered, or an attacker came too late."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a client: when it was due (seconds since the epoch), and milliseconds from then until its answer was there."""

    due: float
    ms: float


@dataclass(frozen=True, slots=True)
class Flood:
    """What one attacker saw."""

    opened: float
    """When its last connection was made."""
    over: float
    """When the last was closed by the server, or its patience over."""
    connections: int
    refused: int
    left: int
    """Still open then."""
    oldest: float
    """Seconds that the one lived which lived longest, by the attacker's clock and not before all were made."""


@dataclass(frozen=True, slots=True)
class Siege:
    """One siege: the floods that began together, the calls of every client, the most descriptors of one process of the server."""

    began: float
    floods: Sequence[Flood]
    calls: dict[str, list[Call]]
    descriptors: int

    @property
    def opened(self) -> float:
        """The last half-open connection is made."""
        return max(flood.opened for flood in self.floods)

    @property
    def rate(self) -> float:
        """Half-open connections a second while they were made."""
        return sum(flood.connections for flood in self.floods) / (self.opened - self.began)

    def before(self, client: str) -> list[float]:
        """Milliseconds of the calls of a client that were due in peace."""
        return self._due(client, self.began - _PEACE_SECONDS, self.began)

    def coming(self, client: str) -> list[float]:
        """The same while half-open connections are made."""
        return self._due(client, self.began, self.opened)

    def staying(self, client: str) -> list[float]:
        """The same from then until the last of them is closed."""
        return self._due(client, self.opened, max(flood.over for flood in self.floods))

    def _due(self, client: str, since: float, until: float) -> list[float]:
        return [call.ms for call in self.calls[client] if since <= call.due < until]


def besiege(port: int, pid: int, request: bytes, connections: int, rate: float | None, attackers: int) -> Siege:
    """Half-open connections, so many a second (None: as fast as they come) of so many attackers, beside clients that send `request`.

    `pid` is the server's first process. Raises Failed if a client was not answered.
    """
    begin = time.time() + _START_SECONDS + _PEACE_SECONDS
    latest = begin + _DEADLINE_SECONDS + (connections / rate if rate else 4.0)
    descriptors = 0
    with ProcessPoolExecutor(attackers + len(CLIENTS), multiprocessing.get_context("spawn")) as pool:
        clients = {name: pool.submit(call, port, address, request, begin, latest) for name, address in CLIENTS.items()}
        share, part = connections // attackers, rate / attackers if rate else None
        floods = [pool.submit(flood, port, share, part, number, begin) for number in range(attackers)]
        while wait(floods, timeout=0.5).not_done:
            descriptors = max(descriptors, *map(_descriptors, process_tree(pid)))
        return Siege(begin, [one.result() for one in floods], {name: one.result() for name, one in clients.items()}, descriptors)


def most_connections(wanted: int, attackers: int) -> int:
    """How many of them so many attackers may hold here, by the limit of descriptors."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, attackers * (hard - _DESCRIPTORS_KEPT_BACK))


def flood(port: int, connections: int, rate: float | None, number: int, begin: float) -> Flood:
    """One attacker: opens half-open connections from six thousand loopback addresses, then waits until the server closes them."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held: dict[int, tuple[socket.socket, float]] = {}
    refused = 0
    _sleep_until(begin)
    for i in range(connections):
        if rate and i % _AT_ONCE == 0:
            _sleep_until(begin + i / rate, late=_PATIENCE_SECONDS)
        try:
            one = _half_open(port, f"127.0.{1 + number * 40 + i % 30}.{1 + i // 30 % 200}")
        except OSError:
            refused += 1
        else:
            held[one.fileno()] = (one, time.time())
    opened, made = time.time(), len(held)
    oldest = _wait_for_the_end(held, opened + _PATIENCE_SECONDS)
    return Flood(opened, time.time(), made, refused, len(held), oldest)


def _sleep_until(moment: float, late: float = 0.5) -> None:
    missing = moment - time.time()
    if missing < -late:
        raise Failed("this machine is too busy: a process of the siege came late")
    time.sleep(max(0.0, missing))


def _half_open(port: int, address: str) -> socket.socket:
    found = socket.socket()
    try:
        found.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
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
    oldest, poll = 0.0, select.epoll()  # asked of thousands, poll would take the processors that are to be measured
    for fd in held:
        poll.register(fd, select.EPOLLIN)
    while held and time.time() < latest:
        for fd, _ in poll.poll(0.2):
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


def call(port: int, address: str, request: bytes, begin: float, latest: float) -> list[Call]:
    """A well-behaved client: a request every hundredth of a second, each due whatever became of the others. Raises Failed."""
    return asyncio.run(_call(_Line(port, address), request, begin, latest))


async def _call(line: "_Line", request: bytes, begin: float, latest: float) -> list[Call]:
    keeps = line.address == CLIENTS["kept connections"]
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(_KEPT if keeps else 0):
        free.put_nowait(await line.open())
    calls: list[Call] = []

    async def ask(due: float) -> None:
        pair = await free.get() if keeps else await line.open()
        try:
            await _answered(pair, request)
        except (asyncio.IncompleteReadError, ConnectionError):
            if not keeps:
                raise
            pair = await line.open()  # an idle connection may be closed at any moment, and whoever meets that asks again
            await _answered(pair, request)
        calls.append(Call(due, (time.time() - due) * 1000))
        if keeps:
            free.put_nowait(pair)
        else:
            pair[1].close()

    try:
        async with asyncio.TaskGroup() as group:
            due = max(time.time(), begin - _PEACE_SECONDS - 1)
            while due < latest:
                await asyncio.sleep(max(0.0, due - time.time()))
                group.create_task(ask(due))
                due += 1 / CALLS_PER_SECOND
    except ExceptionGroup as errors:
        raise Failed(f"a client was not answered: {errors.exceptions[0]!r}") from errors
    return calls


@dataclass(frozen=True, slots=True)
class _Line:
    """From where to where a client connects."""

    port: int
    address: str

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0))


async def _answered(pair: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes) -> None:
    reader, writer = pair
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise Failed(f"a client was answered {head[:60]!r}")
    _, _, rest = head.lower().partition(b"content-length:")
    await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))


def _descriptors(pid: int) -> int:
    with contextlib.suppress(OSError):
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return 0
