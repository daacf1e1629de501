"""Names resolved for outgoing connections: each address is checked, and the connection goes to a checked address itself.

The one way from a host name that a person typed to a socket, for HTTP (tracker.base.http.outbound), for SMTP (tracker.mail.smtp) and for
each protocol that is added later. A name is resolved once, so that an answer that changes between check and use changes nothing.
"""

import functools
import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from ipaddress import ip_address
from typing import TypeVar

from tracker.base.errors import DeliveryError
from tracker.base.network.allowed_addresses import WEB_PORTS, Address, may_reach
from tracker.base.network.host_names import ascii_host
from tracker.base.settings import AllowedTarget

T = TypeVar("T")

_MOST_ADDRESSES = 8
"""Addresses of one name that are tried."""
_OWN_NAME_SECONDS = 3.0


class Resolver:
    """Resolves and checks for one protocol: `ports` are those of public addresses that it may connect to."""

    def __init__(self, allowed: Iterable[AllowedTarget] = (), ports: frozenset[int] = WEB_PORTS) -> None:
        self._allowed = tuple(allowed)
        self._ports = ports

    def checked(self, host: str, port: int, seconds: float) -> list[Address]:
        """The addresses of the host that may be connected to; at least one. Raises DeliveryError.

        Words and consequences are the same for a name without an address and for each kind of refused address, so that they map no
        inside network; and what the operator allows later works then.
        """
        try:
            found = self.look_up(host, port, seconds)
        except OSError:
            raise DeliveryError(self._refusal(host, port), permanent=False) from None
        reachable = [address for address in found if may_reach(address, port, self._allowed, self._ports)]
        if not reachable:
            raise DeliveryError(self._refusal(host, port), permanent=False)
        return reachable[:_MOST_ADDRESSES]

    def trusted(self, host: str, port: int, seconds: float) -> list[Address]:
        """All addresses of a host that a setting of the operator names. Raises DeliveryError."""
        try:
            return self.look_up(host, port, seconds)[:_MOST_ADDRESSES]
        except OSError:
            raise DeliveryError(f"{host} has no address that we could find", permanent=False) from None

    def look_up(self, host: str, port: int, seconds: float) -> list[Address]:
        """What the system's resolver says, unchecked. Raises OSError, TimeoutError among them."""
        try:
            rows = _in_time(seconds, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
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
    """The name by which this machine introduces itself: its full name, or an address literal where it has none (RFC 5321, 4.1.3)."""
    try:
        name = ascii_host(_in_time(_OWN_NAME_SECONDS, socket.getfqdn))
    except (OSError, ValueError):
        name = ""
    return name if "." in name else "[127.0.0.1]"


def _in_time(seconds: float, ask: Callable[[], T]) -> T:
    """What a system call without a timeout of its own returns, asked in a thread of its own. Raises what it raises, or TimeoutError."""
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:  # noqa: BLE001 - raised where the answer is waited for
            answer.set_exception(error)

    threading.Thread(target=run, name="resolve", daemon=True).start()
    try:
        return answer.result(seconds)
    except NotInTime:
        raise TimeoutError("no answer from the resolver in time") from None
