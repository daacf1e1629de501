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

from tracker.base.http.request_head import MORE_FIELDS, PARTIAL_HEAD
from tracker.web.edge.server.protocol import EdgeProtocol

_AT_ONCE = 16
"""New connections, and waiting ones that were heard from, in a round of the loop: others want their turn as well."""
_LET_IN_AT_ONCE = 4
"""Making a connection of the loop is what costs."""
_LONGEST = 4_096
"""Whoever has sent so much of a header is let in: what is too long, the parser says."""
_SHUT_SECONDS = 0.1
"""Where there is no room, the door is shut for this long."""
_TURN_SECONDS = 0.001
"""After somebody without a whole request the next ones are taken together: to be woken for each would cost as much as to take it."""

_FIRST_BYTE = re.compile(rb"[A-Z\r]")


class Guest:
    """A connection that waits outside: its bytes so far, of which the finished lines are judged."""

    __slots__ = ("_door", "_expected", "_judged", "address", "fd", "sent")

    def __init__(self, door: "Door", fd: int, address: str) -> None:
        self._door, self.fd, self.address = door, fd, address
        self.sent = b""
        self._judged, self._expected = 0, PARTIAL_HEAD

    def end(self) -> None:
        """Closes it at once, without a word."""
        self._door.turn_away(self)

    def is_waiting(self) -> bool:
        """Whether this may become headers and is not yet: lines are missing, and those that are there are as they should be.

        What can become none has to come in, to be told so.
        """
        if len(self.sent) >= _LONGEST:
            return False
        if not self._judged and not _FIRST_BYTE.match(self.sent):
            return False
        end = self.sent.rfind(b"\n", self._judged) + 1
        if not end:
            return True
        lines = self._expected.fullmatch(self.sent, self._judged, end)
        if lines is None:
            return False
        if lines.lastindex:
            self._expected = MORE_FIELDS
        if self._expected is MORE_FIELDS:  # an empty line before the request is judged again, since there may be only one
            self._judged = end
        return True


class Door:
    """One listening socket of a worker (see `worker.EdgeWorker`); closes as a server of asyncio does."""

    def __init__(self, worker: Any, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        self._worker, self._loop, self._listener = worker, loop, listener
        self._outside = select.epoll()
        self._guests: dict[int, Guest] = {}
        self._entering: set[asyncio.Task[None]] = set()
        self._is_open = True
        self._is_short = False
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
        if self._guests.pop(guest.fd, None) is guest:
            self._worker.release(guest, guest.address)
            os.close(guest.fd)

    def _greet(self) -> None:
        let_in = 0
        for came in range(_AT_ONCE):
            try:
                # As `accept`, but without an object that asks the system what we know: a third of what a guest costs.
                fd, peer = self._listener._accept()  # type: ignore[attr-defined]  # noqa: SLF001 - see above
            except ConnectionAbortedError:
                continue
            except (BlockingIOError, InterruptedError):
                if came > let_in:
                    self._rest(_TURN_SECONDS)
                return
            except OSError as error:
                self._complain(error)
                self._rest(_SHUT_SECONDS)
                return
            self._is_short = False
            guest = Guest(self, fd, peer[0] if isinstance(peer, tuple) else "")
            if not self._worker.take(guest, guest.address):
                os.close(fd)
                continue
            self._guests[fd] = guest
            os.set_blocking(fd, False)
            if self._is_ready(guest):
                self._let_in(guest)
                let_in += 1
                if let_in >= _LET_IN_AT_ONCE:
                    return
            elif fd in self._guests:
                self._outside.register(fd, select.EPOLLIN)

    def _complain(self, error: OSError) -> None:
        """No descriptors or no memory for one more: they wait in line, and we do not ask again all the time."""
        if not self._is_short:
            self._is_short = True
            self._worker.log.warning("no room for a new connection: %s", error.strerror)

    def _rest(self, seconds: float) -> None:
        """Does not look who comes for so long: they stand in the system's line. At most once a round."""
        self._loop.remove_reader(self._listener.fileno())
        self._loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        if self._is_open:
            self._loop.add_reader(self._listener.fileno(), self._greet)

    def _hear(self) -> None:
        let_in = 0
        for fd, _ in self._outside.poll(0, _AT_ONCE):
            if (guest := self._guests.get(fd)) and self._is_ready(guest):
                self._outside.unregister(fd)
                self._let_in(guest)
                let_in += 1
                if let_in >= _LET_IN_AT_ONCE:
                    return

    def _is_ready(self, guest: Guest) -> bool:
        """Reads what has come; whether that is something to let in."""
        try:
            part = os.read(guest.fd, _LONGEST)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            part = b""
        if not part:
            self.turn_away(guest)
            return False
        guest.sent += part
        return not guest.is_waiting()

    def _let_in(self, guest: Guest) -> None:
        del self._guests[guest.fd]
        listener = self._listener
        sock = socket.socket(listener.family, listener.type, listener.proto, guest.fd)
        protocol = EdgeProtocol(self._worker, guest.address, guest.sent)
        self._worker.lets_in(guest, protocol)
        entering = self._loop.create_task(self._connect(protocol, sock))
        self._entering.add(entering)
        entering.add_done_callback(self._entering.discard)

    async def _connect(self, protocol: EdgeProtocol, sock: socket.socket) -> None:
        sock.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(lambda: protocol, sock)
        except Exception as error:
            if not isinstance(error, OSError):
                self._worker.log.exception("Error letting a connection in")
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

    async def create_server(self, _protocol: Any, *, sock: socket.socket, ssl: Any = None, **_: Any) -> Door:
        """Opens a door to this socket. Raises ValueError where it should speak TLS, which is a proxy's business."""
        if ssl:
            raise ValueError("the edge speaks no TLS; put a proxy in front of it")
        self._missing -= 1
        if not self._missing:
            self._worker.loop = self._loop
        return Door(self._worker, self._loop, sock)
