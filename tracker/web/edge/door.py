"""The edge's door: who comes with whole headers is let in; who has sent less waits outside, where waiting costs next to nothing.

A connection of the loop costs a tenth of a millisecond to make and to end: half-open ones by the thousand would keep everybody
waiting who came behind them. Out here, one is a socket and a few bytes.
"""

import asyncio
import os
import re
import select
import socket
from typing import Any

from tracker.web.edge.protocol import EdgeProtocol

_AT_ONCE = 16
"""New connections, and waiting ones that were heard from, in a round of the loop: others want their turn as well."""
_LONGEST = 4_096
"""Whoever has sent so much of a header is let in: what is too long, the parser says."""
_PAUSE_SECONDS = 0.1
_UNFINISHED = re.compile(rb"(?:[A-Z]{1,20}(?: [^\r\n]*(?:\r\n[^\r\n]+)*(?:\r\n?)?)?)?")
"""The beginning of headers as they should be. Whatever else comes is let in at once and told what is wrong with it."""


class Guest:
    """A connection that waits outside: its bytes so far."""

    __slots__ = ("_door", "address", "fd", "sent")

    def __init__(self, door: "Door", fd: int, address: str) -> None:
        self._door, self.fd, self.address = door, fd, address
        self.sent = b""

    def end(self) -> None:
        """Closes it at once, without a word."""
        self._door.turn_away(self)


class Door:
    """One listening socket of a worker (see `worker.EdgeWorker`); closes as a server of asyncio does."""

    def __init__(self, worker: Any, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        self._worker, self._loop, self._listener = worker, loop, listener
        self._outside = select.epoll()
        self._guests: dict[int, Guest] = {}
        self._entering: set[asyncio.Task[None]] = set()
        self._is_open = True
        loop.add_reader(self._outside.fileno(), self._hear)
        loop.add_reader(listener.fileno(), self._greet)

    def close(self) -> None:
        """Takes no new connections. Those outside may still come in until the worker ends."""
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._listener.fileno())

    async def wait_closed(self) -> None:
        """It is closed at once."""

    def turn_away(self, guest: Guest) -> None:
        """Closes a connection that waits outside."""
        del self._guests[guest.fd]
        self._worker.release(guest, guest.address)
        os.close(guest.fd)

    def _greet(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                # As `accept`, but without an object that asks the system what we know: a third of what a guest costs.
                fd, peer = self._listener._accept()  # type: ignore[attr-defined]  # noqa: SLF001 - see above
            except ConnectionAbortedError:
                continue
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._pause(error)
                return
            guest = Guest(self, fd, peer[0] if isinstance(peer, tuple) else "")
            if self._worker.take(guest, guest.address):
                self._guests[fd] = guest
                os.set_blocking(fd, False)
                self._outside.register(fd, select.EPOLLIN)
            else:
                os.close(fd)

    def _pause(self, error: OSError) -> None:
        """No descriptors or no memory for one more: they wait in line, and we do not ask again all the time."""
        self._worker.log.warning("no room for a new connection: %s", error.strerror)
        self._loop.remove_reader(self._listener.fileno())
        self._loop.call_later(_PAUSE_SECONDS, self._go_on)

    def _go_on(self) -> None:
        if self._is_open:
            self._loop.add_reader(self._listener.fileno(), self._greet)

    def _hear(self) -> None:
        for fd, _ in self._outside.poll(0, _AT_ONCE):
            if guest := self._guests.get(fd):
                self._listen(guest)

    def _listen(self, guest: Guest) -> None:
        try:
            part = os.read(guest.fd, _LONGEST)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            part = b""
        if not part:
            self.turn_away(guest)
            return
        guest.sent += part
        if len(guest.sent) >= _LONGEST or not _UNFINISHED.fullmatch(guest.sent):
            self._let_in(guest)

    def _let_in(self, guest: Guest) -> None:
        self._outside.unregister(guest.fd)
        del self._guests[guest.fd]
        protocol = EdgeProtocol(self._worker, guest.address, guest.sent)
        self._worker.lets_in(guest, protocol)
        listener = self._listener
        sock = socket.socket(listener.family, listener.type, listener.proto, guest.fd)
        entering = self._loop.create_task(self._connect(protocol, sock))
        self._entering.add(entering)
        entering.add_done_callback(self._entering.discard)

    async def _connect(self, protocol: EdgeProtocol, sock: socket.socket) -> None:
        sock.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(lambda: protocol, sock)
        except OSError:
            if protocol.transport is None:
                self._worker.release(protocol, protocol.address)
                sock.close()


class Doors:
    """The loop as gunicorn's worker uses it while it makes its servers: it gets doors. With the last of them the worker has the loop."""

    def __init__(self, worker: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._worker, self._loop = worker, loop
        self._missing = len(worker.sockets)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    async def create_server(self, _protocol: Any, *, sock: socket.socket, **_: Any) -> Door:
        """Opens a door to this socket."""
        self._missing -= 1
        if not self._missing:
            self._worker.loop = self._loop
        return Door(self._worker, self._loop, sock)
