"""Pinned connections: connects to the addresses a resolver hands out, and ends what drips past its deadline. For tracker.base.outbound."""

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from tracker.base.addresses import Address

Resolve = Callable[[str, int], list[Address]]
"""Host and port in, addresses that may be connected to out."""


class Deadline(threading.local):
    """When this thread's present request must be over. One request runs in one thread from start to end."""

    ends = 0.0

    def start(self, seconds: float) -> None:
        """A new request begins now and has that many seconds."""
        self.ends = time.monotonic() + seconds

    def left(self, limit: float | None) -> float:
        """Seconds left, at most `limit`. Raises httpcore.ReadTimeout when there are none."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time was up")
        return left if limit is None else min(left, limit)


class PinnedBackend(httpcore.NetworkBackend):
    """Opens sockets for httpcore."""

    def __init__(self, resolve: Resolve, deadline: Deadline) -> None:
        self._resolve = resolve
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connects to the first address of the host that answers."""
        failure: Exception | None = None
        for address in self._resolve(host, port):
            try:
                stream = self._inner.connect_tcp(str(address), port, self._deadline.left(timeout), local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
            else:
                return _Stream(stream, self._deadline)
        raise failure or httpcore.ConnectError("no address")


class _Stream(httpcore.NetworkStream):
    """A socket whose every wait ends with the request's deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
