"""Network backend for httpcore that connects only to resolved addresses and enforces the deadline of a request. Used by `outbound`."""

import contextlib
import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore

from tracker.base.network.allowed_addresses import Address
from tracker.base.network.connection import CheckedConnection, Deadline, connect, reason

Resolve = Callable[[str, int, float], list[Address]]
"""Takes host, port and timeout in seconds; returns the addresses to connect to."""

_CONNECT_SECONDS = 5.0


class PinnedBackend(httpcore.NetworkBackend):
    """Opens connections for httpcore."""

    def __init__(self, resolve: Resolve, deadline: Deadline) -> None:
        self._resolve = resolve
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - part of httpcore's interface
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - part of httpcore's interface
    ) -> httpcore.NetworkStream:
        """Connects to the first reachable address of the host."""
        with _translated(httpcore.ConnectTimeout, httpcore.ConnectError):
            addresses = self._resolve(host, port, self._deadline.left(timeout))
            return _Stream(connect(addresses, port, self._deadline, timeout or _CONNECT_SECONDS))


class _Stream(httpcore.NetworkStream):
    """A connection limited by the request's deadline; httpcore's timeouts are longer."""

    def __init__(self, connection: CheckedConnection) -> None:
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        with _translated(httpcore.ReadTimeout, httpcore.ReadError):
            return self._connection.read(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        with _translated(httpcore.WriteTimeout, httpcore.WriteError):
            self._connection.write(buffer)

    def close(self) -> None:
        self._connection.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        try:
            with _translated(httpcore.ConnectTimeout, httpcore.ConnectError):
                self._connection.start_tls(ssl_context, server_hostname)
        except BaseException:
            self._connection.close()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._connection.has_input() if info == "is_readable" else None


@contextlib.contextmanager
def _translated(timeout: type[httpcore.TimeoutException], failure: type[httpcore.NetworkError]) -> Iterator[None]:
    """Converts system errors to httpcore's, without text from the server."""
    try:
        yield
    except TimeoutError as error:
        raise timeout(reason(error)) from error
    except OSError as error:
        raise failure(reason(error)) from error
