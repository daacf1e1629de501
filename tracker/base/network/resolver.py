"""Name resolution for outgoing connections with a check of each address.

All connections to host names from users go through it, for HTTP (`tracker.base.http.outbound`) and SMTP (`tracker.mail.smtp`). A name
is resolved once and the connection goes to a checked address, so a changed DNS response has no effect (DNS rebinding).
"""

import functools
import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from ipaddress import ip_address
from typing import TypeVar

from tracker.base.errors import DeliveryError
from tracker.base.network.allowed_addresses import WEB_PORTS, Address, AllowedTarget, may_reach
from tracker.base.network.host_names import ascii_host

T = TypeVar("T")

_MAX_ADDRESSES = 8
"""Maximum number of addresses tried for one name."""
_OWN_NAME_SECONDS = 3.0


class Resolver:
    """Resolves names for one protocol; `ports` are the allowed ports of public addresses."""

    def __init__(self, allowed: Iterable[AllowedTarget] = (), ports: frozenset[int] = WEB_PORTS) -> None:
        self._allowed = tuple(allowed)
        self._ports = ports

    def resolve_checked(self, host: str, port: int, seconds: float) -> list[Address]:
        """The allowed addresses of the host, at least one. Raises DeliveryError.

        The error is the same for an unknown name and for each kind of forbidden address, so it reveals nothing about an internal
        network. It is not permanent, because the operator may allow the address later.
        """
        try:
            found = self.resolve(host, port, seconds)
        except OSError:
            raise DeliveryError(self._refusal(host, port), permanent=False) from None
        reachable = [address for address in found if may_reach(address, port, self._allowed, self._ports)]
        if not reachable:
            raise DeliveryError(self._refusal(host, port), permanent=False)
        return reachable[:_MAX_ADDRESSES]

    def resolve_trusted(self, host: str, port: int, seconds: float) -> list[Address]:
        """All addresses of a host from the operator's settings. Raises DeliveryError."""
        try:
            return self.resolve(host, port, seconds)[:_MAX_ADDRESSES]
        except OSError:
            raise DeliveryError(f"no address was found for {host}", permanent=False) from None

    def resolve(self, host: str, port: int, seconds: float) -> list[Address]:
        """The unchecked addresses from the system's resolver. Raises OSError, including TimeoutError."""
        try:
            rows = _with_timeout(seconds, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except UnicodeError as error:
            raise OSError("not a host name") from error
        return list(dict.fromkeys(ip_address(str(row[4][0]).partition("%")[0]) for row in rows))

    def _refusal(self, host: str, port: int) -> str:
        ports = sorted(self._ports)
        listed = f"{', '.join(map(str, ports[:-1]))} and {ports[-1]}"
        return (
            f"no public address was found for {host}, port {port}. Check the name and the port; private addresses, and ports other than "
            f"{listed}, work only if the operator allows them with OUTBOUND_ALLOW"
        )


@functools.cache
def own_name() -> str:
    """The name of this machine for EHLO: its full name, or else its host name. EHLO_NAME replaces it."""
    try:
        name = ascii_host(_with_timeout(_OWN_NAME_SECONDS, socket.getfqdn))
    except (OSError, ValueError):
        name = ""
    return name or "localhost"


def _with_timeout(seconds: float, call: Callable[[], T]) -> T:
    """Runs a system call without a timeout in a separate thread. Raises its exception, or TimeoutError."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised again by the waiting thread
            result.set_exception(error)

    threading.Thread(target=run, name="resolve", daemon=True).start()
    try:
        return result.result(seconds)
    except FutureTimeout:
        raise TimeoutError("the resolver timed out") from None
