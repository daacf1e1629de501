"""The console's gunicorn worker: `StrictWorker` with room kept for new requests. Named in deploy/gunicorn_console.py.

Every connection holds one of `worker_connections` places. Unfinished requests and idle connections could hold them all, so
that not even `/healthz` were answered. When places run short, the connection that has waited longest for its client (for a request,
the rest of one, or to take an answer) is closed; a client that sends its request at once is served. Open streams are bounded by tracker.web.api.streams.limits.
"""

import contextlib
import errno
import functools
import resource
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent

from tracker.web.console.server.strict_worker import StrictWorker

BODY_SECONDS = 30.0
"""A request's body has to be whole so long after its headers."""
SEND_SECONDS = 30.0
"""A client has to take what it is sent in that time; streams set a shorter one."""
_REST_OF_BODY = 32 * 1024
"""Bytes of a body that may be left unread on a connection that goes on."""
_FREE_SHARE = 10
"""One place in so many is kept free."""
_DESCRIPTORS_PER_CONNECTION = 2

Application = Callable[[dict[str, Any], Any], Any]
Waits = Callable[[float], contextlib.AbstractContextManager[None]]
"""Marks the connection as one that waits for its client since then."""


class ConsoleWorker(StrictWorker):
    """Serves console and API; see this module."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = self.worker_connections - self.worker_connections // _FREE_SHARE
        self._open = 0
        self._waiting: dict[socket.socket, float] = {}
        self._requests: dict[socket.socket, Any] = {}

    def init_process(self) -> None:
        """In the worker's own process, before anything is served."""
        _raise_descriptor_limit(self.worker_connections * _DESCRIPTORS_PER_CONNECTION)
        super().init_process()

    def load_wsgi(self) -> None:
        """Loads the app, whose requests then have bodies with a deadline."""
        super().load_wsgi()
        app: Application = self.wsgi  # type: ignore[has-type]

        def bounded(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
            sock = environ["gunicorn.socket"]
            waits = functools.partial(self._waits, sock)
            body = environ["wsgi.input"] = _Body(environ["wsgi.input"], waits)
            length = int(environ.get("CONTENT_LENGTH") or 0)

            def start(*words: Any) -> Any:
                # gunicorn reads a short rest of a body; a longer one it does not, and the client is told that the connection ends.
                if length - body.size > _REST_OF_BODY:
                    self._requests[sock].force_close()
                return start_response(*words)

            return _written(app(environ, start), waits)

        self.wsgi = bounded

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """One connection, from its first byte to its last."""
        self._open += 1
        self._waiting[client] = time.monotonic()
        try:
            self._make_room()
            super().handle(listener, client, addr)
        finally:
            self._open -= 1
            self._waiting.pop(client, None)
            self._requests.pop(client, None)

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """One request whose headers are whole."""
        self._waiting.pop(sock, None)
        self._requests[sock] = req
        sock.settimeout(SEND_SECONDS)
        try:
            super().handle_request(listener_name, req, sock, addr)
        except TimeoutError as error:
            # gunicorn logs an error of unknown number with its stack; a client that is gone it passes over.
            raise OSError(errno.EPIPE, "the client did not take what it was sent") from error
        self._waiting[sock] = time.monotonic()

    def _make_room(self) -> None:
        if self._open > self.most and self._waiting:
            oldest = min(self._waiting, key=self._waiting.__getitem__)
            del self._waiting[oldest]
            with contextlib.suppress(OSError):
                oldest.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _waits(self, sock: socket.socket, since: float) -> Iterator[None]:
        self._waiting[sock] = since
        try:
            yield
        finally:
            self._waiting.pop(sock, None)


def _written(chunks: Any, waits: Waits) -> Iterator[bytes]:
    """The response; while the client takes a part of it, its connection waits."""
    try:
        for chunk in chunks:
            with waits(time.monotonic()):
                yield chunk
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


class _Body:
    """A request's body that has to arrive in time. Raises TimeoutError, which werkzeug answers as a client that went away."""

    def __init__(self, body: Any, waits: Waits) -> None:
        self._body = body
        self._waits = waits
        self._began = time.monotonic()
        self.size = 0
        """Bytes that were read."""

    def read(self, size: int | None = None) -> bytes:
        """As of a file."""
        return self._in_time(lambda: self._body.read(size))

    def readline(self, size: int | None = None) -> bytes:
        """As of a file."""
        return self._in_time(lambda: self._body.readline(size))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _in_time(self, read: Callable[[], bytes]) -> bytes:
        left = max(0.001, self._began + BODY_SECONDS - time.monotonic())
        with self._waits(self._began), gevent.Timeout(left, TimeoutError("the body did not arrive in time")):
            part = read()
        self.size += len(part)
        return part


def _raise_descriptor_limit(wanted: int) -> None:
    """As far as this process may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard > soft):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
