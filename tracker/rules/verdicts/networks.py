"""The network of an address: a mail provider's scanners, a mail security vendor, a cloud, a relay, or unknown.

Lists are lines of CSV: network, class, vendor, source, date. `data/networks.csv` is kept by hand, `data/networks_generated.csv` is written
by deploy/refresh_networks.py; an operator may add a file of the same form (see tracker.actions.networks). Web gateways that carry people (Zscaler, Netskope, Umbrella,
iboss) are in no list. A network that is in no list is unknown, which is no sign of anything.
"""

import csv
import functools
from bisect import bisect_right
from collections.abc import Callable, Iterable
from enum import StrEnum
from importlib.resources import files
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple


class NetworkClass(StrEnum):
    """What a network is used for."""

    EOP = "eop"
    """Microsoft Exchange Online Protection and Defender for Office 365."""
    MAIL_SECURITY = "mail_security"
    CLOUD = "cloud"
    """A hosting provider: programs, and people behind VPNs and gateways."""
    RELAY = "relay"
    """A relay that hides the address of people: iCloud Private Relay."""
    ACCESS = "access"
    """An access provider: people. Known only by autonomous system or by the operator's file."""
    UNKNOWN = "unknown"


class Network(NamedTuple):
    """The network that an address belongs to."""

    class_: NetworkClass
    vendor: str = ""


UNKNOWN_NETWORK = Network(NetworkClass.UNKNOWN)
_LEAST_FIELDS = 3
_NOT_PUBLIC = Network(NetworkClass.UNKNOWN)
"""Equal to UNKNOWN_NETWORK, but never looked up further: of private and malformed addresses."""

_INSIDE = (
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip
"""Private, shared, link-local and loopback addresses: always unknown."""
_INSIDE_NETWORKS = tuple(ip_network(inside) for inside in _INSIDE)


class Networks:
    """Networks from lines; where they overlap the longest prefix decides, and among equals the last line.

    `otherwise` gives the network of a public address that is in no line.
    """

    def __init__(self, lines: Iterable[str], otherwise: Callable[[str], Network] | None = None) -> None:
        self._otherwise = otherwise
        self.problems: list[str] = []
        """One message per line that could not be read. Such a line is left out."""
        listed: dict[IPv4Network | IPv6Network, Network] = {}
        for number, row in enumerate(csv.reader(lines), 1):
            if row and row[0].strip() and not row[0].startswith("#"):
                try:
                    listed[_public(row[0].strip())] = _network(row)
                except ValueError as error:
                    self.problems.append(f"line {number}: {error}")
        listed |= {ip_network(inside): _NOT_PUBLIC for inside in _INSIDE}
        self._v4 = _table({net: network for net, network in listed.items() if net.version == 4})  # noqa: PLR2004 - the version of IP
        self._v6 = _table({net: network for net, network in listed.items() if net.version == 6})  # noqa: PLR2004 - the version of IP

    def of(self, address: str) -> Network:
        """The network of an address; UNKNOWN for private, loopback and malformed ones."""
        found = self._listed(address)
        return self._otherwise(address) if found is UNKNOWN_NETWORK and self._otherwise else found

    def _listed(self, address: str) -> Network:
        try:
            if ":" not in address:
                return _look_up(self._v4, int(IPv4Address(address)))
            long = IPv6Address(address)
        except AddressValueError:
            return _NOT_PUBLIC
        return _look_up(self._v6, int(long)) if long.ipv4_mapped is None else _look_up(self._v4, int(long.ipv4_mapped))


@functools.cache
def shipped_lines() -> tuple[str, ...]:
    """The lines that come with the program."""
    folder = files("tracker.rules.verdicts").joinpath("data")
    names = ("networks_generated.csv", "networks.csv")
    return tuple(line for name in names for line in folder.joinpath(name).read_text("utf-8").splitlines())


@functools.cache
def shipped_networks() -> Networks:
    """The networks that come with the program, read once in a process."""
    return Networks(shipped_lines())


def is_inside(address: str) -> bool:
    """Whether an address is private, shared, link-local, loopback or malformed: it says nothing of a place."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return True
    return any(parsed.version == net.version and parsed in net for net in _INSIDE_NETWORKS)


def _public(text: str) -> IPv4Network | IPv6Network:
    """The network. Raises ValueError, also for private ones."""
    net = ip_network(text)
    if net.is_private:
        raise ValueError(f"{text} is a private network")
    return net


def _network(row: list[str]) -> Network:
    """The network of a line. Raises ValueError."""
    if len(row) < _LEAST_FIELDS:
        raise ValueError("a network, a class and a vendor are needed")
    name = row[1].strip()
    if name not in set(NetworkClass):
        raise ValueError(f"{name!r} is not one of {', '.join(NetworkClass)}")
    return Network(NetworkClass(name), row[2].strip())


def _look_up(table: tuple[list[int], list[Network]], address: int) -> Network:
    starts, found = table
    index = bisect_right(starts, address) - 1
    return found[index] if index >= 0 else UNKNOWN_NETWORK


def _table(listed: dict[IPv4Network | IPv6Network, Network]) -> tuple[list[int], list[Network]]:
    """Sorted first addresses of disjoint ranges, and the network of each range."""
    starts: list[int] = []
    found: list[Network] = []

    def begin(start: int, network: Network) -> None:
        if starts and starts[-1] == start:
            found[-1] = network
        else:
            starts.append(start)
            found.append(network)

    open_: list[tuple[int, Network]] = []  # networks around the current one: the address behind the last, and the network
    for net, network in sorted(listed.items(), key=lambda item: (int(item[0].network_address), item[0].prefixlen)):
        first = int(net.network_address)
        while open_ and open_[-1][0] <= first:
            end, _ = open_.pop()
            begin(end, open_[-1][1] if open_ else UNKNOWN_NETWORK)
        begin(first, network)
        open_.append((first + net.num_addresses, network))
    while open_:
        end, _ = open_.pop()
        begin(end, open_[-1][1] if open_ else UNKNOWN_NETWORK)
    return starts, found
