"""Pinned connections for httpcore: connects to the addresses a resolver hands out, and ends what drips past its deadline. For tracker.base.http.outbound."""

import contextlib
import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore

from tracker.base.network.allowed_addresses import Address
from tracker.base.network.connection import Deadline, Wire, connect, reason

Resolve = Callable[[str, int, float], list[Address]]
"""Host, port and seconds in, addresses that may be connected to out."""

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
        local_address: str | None = None,  # noqa: ARG002 - httpcore's; we bind to none
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - httpcore's; we set our own
    ) -> httpcore.NetworkStream:
        """Connects to the first address of the host that answers."""
        with _translated(httpcore.ConnectTimeout, httpcore.ConnectError):
            addresses = self._resolve(host, port, self._deadline.left(timeout))
            return _Stream(connect(addresses, port, self._deadline, timeout or _CONNECT_SECONDS))


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the request's deadline; httpcore's own timeouts are longer."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        with _translated(httpcore.ReadTimeout, httpcore.ReadError):
            return self._wire.read(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        with _translated(httpcore.WriteTimeout, httpcore.WriteError):
            self._wire.write(buffer)

    def close(self) -> None:
        self._wire.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        try:
            with _translated(httpcore.ConnectTimeout, httpcore.ConnectError):
                self._wire.start_tls(ssl_context, server_hostname)
        except BaseException:
            self._wire.close()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._wire.has_input() if info == "is_readable" else None


@contextlib.contextmanager
def _translated(timeout: type[httpcore.TimeoutException], failure: type[httpcore.NetworkError]) -> Iterator[None]:
    """The system's errors as httpcore's, in our own words."""
    try:
        yield
    except TimeoutError as error:
        raise timeout(reason(error)) from error
    except OSError as error:
        raise failure(reason(error)) from error
