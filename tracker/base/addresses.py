"""Addresses that outbound HTTP may reach: public ones on the web's ports, and what the operator allowed.

Called by tracker.base.outbound for every address a name resolved to, never for the text of a URL: `2130706433` and `0x7f.1` are 127.0.0.1 too.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_network

from tracker.base.settings import AllowedTarget

Address = IPv4Address | IPv6Address

WEB_PORTS = frozenset({80, 443})
"""The only ports of public addresses that we speak HTTP to: a webhook must not reach somebody's Redis."""

_NEVER = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments; Python 3.11 calls most of it global
        "::/96",  # IPv4-compatible: ::127.0.0.1
        "64:ff9b::/96",  # NAT64: carries any IPv4 address
        "64:ff9b:1::/48",  # NAT64 for local use
        "2001::/32",  # Teredo: carries an IPv4 address
        "2002::/16",  # 6to4: carries an IPv4 address
    )
)


def is_public(address: Address) -> bool:
    """Whether the address belongs to the public internet, and hides no other address inside it."""
    address = _unmapped(address)
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return not any(address in network for network in _NEVER if network.version == address.version)


def may_reach(address: Address, port: int, allowed: Iterable[AllowedTarget]) -> bool:
    """Whether we may connect there: a public address at a web port, or one of the allowed targets."""
    plain = _unmapped(address)
    if any(plain.version == a.network.version and plain in a.network and a.port in {None, port} for a in allowed):
        return True
    return port in WEB_PORTS and is_public(address)


def _unmapped(address: Address) -> Address:
    """`::ffff:127.0.0.1` is 127.0.0.1 to the system, so it is to us."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
