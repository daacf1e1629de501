"""Addresses for scenarios: of the shipped network lists, and of networks that are in no list."""

import functools
from collections import defaultdict
from ipaddress import IPv4Address, IPv4Network, ip_network
from random import Random

from tracker.rules.verdicts.networks import NetworkClass, Networks, shipped_lines

GATEWAYS = ("165.225.72.0/22", "147.161.164.0/22", "136.226.0.0/17", "163.116.128.0/20", "146.112.0.0/16", "155.190.0.0/18")
"""Web gateways that carry people: Zscaler, Netskope and Umbrella. They are in no list."""


@functools.cache
def networks() -> Networks:
    """The shipped networks."""
    return Networks(shipped_lines())


@functools.cache
def _listed() -> dict[tuple[str, str], list[IPv4Network]]:
    found: dict[tuple[str, str], list[IPv4Network]] = defaultdict(list)
    for line in shipped_lines():
        parts = line.split(",")
        if not line.startswith("#") and len(parts) > 2 and "." in parts[0]:
            found[parts[1], parts[2]].append(ip_network(parts[0]))
    return dict(found)


def listed(rng: Random, kind: NetworkClass, *vendors: str) -> str:
    """An address of such a network, of one of these vendors where any is named."""
    known = [net for (class_, vendor), nets in _listed().items() if class_ == kind and (not vendors or vendor in vendors) for net in nets]
    while True:
        address = _within(rng, rng.choice(known))
        if networks().of(address).class_ is kind:
            return address


def unlisted(rng: Random) -> str:
    """A public address that is in no list, as most people's are."""
    while True:
        address = f"{rng.randint(2, 220)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
        if IPv4Address(address).is_global and networks().of(address).class_ is NetworkClass.UNKNOWN:
            return address


def gateway(rng: Random) -> str:
    """An address of a web gateway."""
    return _within(rng, ip_network(rng.choice(GATEWAYS)))


def beside(rng: Random, address: str) -> str:
    """Another address of the same /24."""
    return f"{address.rsplit('.', 1)[0]}.{rng.randint(1, 254)}"


def _within(rng: Random, net: IPv4Network) -> str:
    return str(net.network_address + rng.randrange(net.num_addresses))
