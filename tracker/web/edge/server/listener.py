"""The listener: accepts the connections of one listening socket for as long as the worker has room. Made by `worker`.

An asyncio server cannot pause. At the connection limit this one does: new connections then wait in the kernel's backlog, which
`deploy/gunicorn_edge.py` sets, until a connection closes.
"""

import asyncio
import socket
from typing import Any

from tracker.web.edge.server.protocol import EdgeProtocol

_ACCEPTED_PER_ROUND = 16
"""New connections in one round of the event loop, so that established ones get their turn."""
_RETRY_SECONDS = 0.1
"""Pause after the system could not accept, for example without a free file descriptor."""
_WARNING_SECONDS = 60.0
"""The least time between two warnings of one listener."""


class Listener:
    """One listening socket of a worker (see `worker.EdgeWorker`). Has the methods of an asyncio server that gunicorn calls."""

    def __init__(self, worker: Any, loop: asyncio.AbstractEventLoop, listening: socket.socket) -> None:
        self._worker, self._loop, self._socket = worker, loop, listening
        self._connecting: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._is_accepting = False
        self._next_warning = 0.0
        self.resume()

    def resume(self) -> None:
        """Accepts connections again, unless it does or is closed."""
        if not self._is_accepting and not self._is_closed:
            self._is_accepting = True
            self._loop.add_reader(self._socket.fileno(), self._accept)

    def close(self) -> None:
        """Accepts no more connections. Those it has accepted stay open."""
        self._pause()
        self._is_closed = True

    async def wait_closed(self) -> None:
        """Returns at once: nothing of it is open after `close`."""

    def _pause(self) -> None:
        if self._is_accepting:
            self._is_accepting = False
            self._loop.remove_reader(self._socket.fileno())

    def _accept(self) -> None:
        for _ in range(_ACCEPTED_PER_ROUND):
            if not self._worker.has_room():
                self._pause()  # the worker resumes it when a connection closes
                self._warn("connection limit reached")
                return
            try:
                accepted, peer = self._socket.accept()
            except ConnectionAbortedError:
                continue
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._pause()
                self._loop.call_later(_RETRY_SECONDS, self.resume)
                self._warn(error.strerror or str(error))
                return
            self._start(accepted, peer[0] if isinstance(peer, tuple) else "")

    def _warn(self, reason: str) -> None:
        if self._loop.time() >= self._next_warning:
            self._next_warning = self._loop.time() + _WARNING_SECONDS
            self._worker.log.warning("new connections wait in the backlog: %s", reason)

    def _start(self, accepted: socket.socket, address: str) -> None:
        accepted.setblocking(False)
        protocol = EdgeProtocol(self._worker, address)
        self._worker.add(protocol)
        connecting = self._loop.create_task(self._connect(protocol, accepted))
        self._connecting.add(connecting)
        connecting.add_done_callback(self._connecting.discard)

    async def _connect(self, protocol: EdgeProtocol, accepted: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: protocol, accepted)
        except OSError:
            self._worker.log.debug("a connection was lost while it was accepted")
        except Exception:  # the outermost frame of a task: a defect must not leave the connection counted
            self._worker.log.exception("Error accepting a connection")
        finally:
            if protocol.transport is None:
                self._worker.remove(protocol)
                accepted.close()
