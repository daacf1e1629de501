"""The console's gunicorn worker: `StrictWorker` with reserved capacity for new requests. Used by deploy/gunicorn_console.py.

Each connection uses one of `worker_connections` slots. Unfinished requests and idle connections could use all of them,
so that even `/healthz` would fail. When slots run short, the connection that has waited longest for its client is closed.
A client that sends its request at once is served. tracker.web.api.streams.limits limits open streams.
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
"""Timeout of a request body."""
SEND_SECONDS = 30.0
"""Timeout of sending to a client; streams set a shorter one."""
_REST_OF_BODY = 32 * 1024
"""Unread bytes of a body that still allow keep-alive."""
_FREE_SHARE = 10
"""One slot in ten stays free."""
_DESCRIPTORS_PER_CONNECTION = 2

Application = Callable[[dict[str, Any], Any], Any]
Waits = Callable[[float], contextlib.AbstractContextManager[None]]
"""Marks the connection as waiting for its client since the given time."""


class ConsoleWorker(StrictWorker):
    """Serves console and API; see the module docstring."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = self.worker_connections - self.worker_connections // _FREE_SHARE
        self._open = 0
        self._waiting: dict[socket.socket, float] = {}
        self._requests: dict[socket.socket, Any] = {}

    def init_process(self) -> None:
        """Raises the descriptor limit in the worker process."""
        _raise_descriptor_limit(self.worker_connections * _DESCRIPTORS_PER_CONNECTION)
        super().init_process()

    def load_wsgi(self) -> None:
        """Loads the app and wraps it with a deadline for request bodies."""
        super().load_wsgi()
        app: Application = self.wsgi  # type: ignore[has-type]

        def bounded(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
            sock = environ["gunicorn.socket"]
            waits = functools.partial(self._waits, sock)
            body = environ["wsgi.input"] = _Body(environ["wsgi.input"], waits)
            length = int(environ.get("CONTENT_LENGTH") or 0)

            def start(*args: Any) -> Any:
                # gunicorn discards a short unread rest. After a longer one, the connection is closed.
                if length - body.size > _REST_OF_BODY:
                    self._requests[sock].force_close()
                return start_response(*args)

            return _written(app(environ, start), waits)

        self.wsgi = bounded

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Handles one connection."""
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
        """Handles one request with complete headers."""
        self._waiting.pop(sock, None)
        self._requests[sock] = req
        sock.settimeout(SEND_SECONDS)
        try:
            super().handle_request(listener_name, req, sock, addr)
        except TimeoutError as error:
            # gunicorn logs unknown errors with a stack trace, but ignores disconnected clients.
            raise OSError(errno.EPIPE, "the client did not read the response") from error
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
    """The response. The connection counts as waiting while a chunk is sent."""
    try:
        for chunk in chunks:
            with waits(time.monotonic()):
                yield chunk
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


class _Body:
    """A request body with a deadline. Raises TimeoutError, which werkzeug treats as a disconnected client."""

    def __init__(self, body: Any, waits: Waits) -> None:
        self._body = body
        self._waits = waits
        self._began = time.monotonic()
        self.size = 0
        """Bytes read so far."""

    def read(self, size: int | None = None) -> bytes:
        """As in a file object."""
        return self._in_time(lambda: self._body.read(size))

    def readline(self, size: int | None = None) -> bytes:
        """As in a file object."""
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
    """Raises the soft limit as far as the hard limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard > soft):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
