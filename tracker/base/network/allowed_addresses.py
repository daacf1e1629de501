"""Addresses that outgoing connections may reach: public ones on the protocol's ports, and targets that OUTBOUND_ALLOW names.

Called by `resolver` for each resolved address, never for the text of a URL: `2130706433` and `0x7f.1` are 127.0.0.1 too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class AllowedTarget:
    """A network that outgoing connections may reach although it is private or the port is unusual."""

    network: IPv4Network | IPv6Network
    port: int | None
    """The only allowed port; None: every port."""


WEB_PORTS = frozenset({80, 443})
"""Ports of public addresses allowed for HTTP; a webhook must not reach a Redis server."""
MAIL_PORTS = frozenset({25, 465, 587, 2525})
"""Ports of public addresses allowed for SMTP: relay, TLS, submission and its common alternative."""

_NEVER = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure: services of the platform, including metadata, at a public address
        "192.0.0.0/24",  # protocol assignments; global for Python 3.11
        "192.88.99.0/24",  # 6to4 relays (RFC 7526: deprecated)
        "::/96",  # IPv4-compatible: ::127.0.0.1
        "64:ff9b::/96",  # NAT64: carries any IPv4 address
        "64:ff9b:1::/48",  # NAT64 for local use
        "2001::/32",  # Teredo: carries an IPv4 address
        "2002::/16",  # 6to4: carries an IPv4 address
        "3fff::/20",  # documentation (RFC 9637); global for Python 3.11
        "5f00::/16",  # segment routing (RFC 9602); global for Python 3.11
    )
)


def is_public(address: Address) -> bool:
    """Whether the address is public and embeds no other address."""
    address = unmapped(address)
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and (address.is_site_local or _is_isatap(address)):
        return False
    return not any(address in network for network in _NEVER if network.version == address.version)


def may_reach(address: Address, port: int, allowed: Iterable[AllowedTarget], ports: frozenset[int] = WEB_PORTS) -> bool:
    """Whether a connection to the address is allowed: public at one of `ports`, or one of the allowed targets."""
    plain = unmapped(address)
    if any(plain.version == a.network.version and plain in a.network and a.port in {None, port} for a in allowed):
        return True
    return port in ports and is_public(address)


def unmapped(address: Address) -> Address:
    """The IPv4 address of an IPv4-mapped one: `::ffff:127.0.0.1` becomes 127.0.0.1."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_isatap(address: IPv6Address) -> bool:
    """Whether the interface identifier carries an IPv4 address (RFC 5214)."""
    return (int(address) >> 32) & 0xFCFFFFFF == 0x00005EFE  # noqa: PLR2004 - the identifier, without its u and g bits
