"""The public addresses of this machine, for the DNS records that set-up proposes. Sends nothing."""

import socket
from ipaddress import ip_address

from tracker.base.network.allowed_addresses import Address, is_public

_PROBES = ((socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1"))
"""Documentation addresses. A datagram socket that is connected sends nothing; it only tells the address it would send from."""


def public_addresses() -> list[Address]:
    """The machine's public addresses on its way to the internet, IPv4 first; none behind a router or in a container."""
    found: list[Address] = []
    for family, target in _PROBES:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                found.append(ip_address(str(probe.getsockname()[0]).partition("%")[0]))
        except OSError:
            continue
    return [address for address in found if is_public(address)]
