"""Networks: which class an address belongs to."""

import csv
from datetime import date
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.verdicts.autonomous_systems import network_of_system
from tracker.rules.verdicts.networks import UNKNOWN_NETWORK, Network, NetworkClass, Networks, shipped_lines

SHIPPED = Networks(shipped_lines())
ROWS = [row for row in csv.reader(shipped_lines()) if not row[0].startswith("#")]

CLASSES = {row[0]: row[1] for row in ROWS}


@pytest.mark.parametrize(
    ("address", "class_"),
    [
        ("40.92.1.1", NetworkClass.EOP),
        ("104.47.55.126", NetworkClass.EOP),
        ("2a01:111:f400::1", NetworkClass.EOP),
        ("::ffff:40.92.1.1", NetworkClass.EOP),
        ("209.222.80.4", NetworkClass.MAIL_SECURITY),
        ("64.235.153.10", NetworkClass.MAIL_SECURITY),
        ("67.231.152.4", NetworkClass.MAIL_SECURITY),
        ("195.130.217.3", NetworkClass.MAIL_SECURITY),
        ("85.158.136.1", NetworkClass.MAIL_SECURITY),
        ("68.232.128.1", NetworkClass.MAIL_SECURITY),
        ("150.70.1.1", NetworkClass.MAIL_SECURITY),
        ("20.84.1.1", NetworkClass.CLOUD),
        ("5.9.1.1", NetworkClass.CLOUD),
        ("2a01:4f8::1", NetworkClass.CLOUD),
        ("172.224.226.1", NetworkClass.RELAY),
        ("91.65.1.1", NetworkClass.UNKNOWN),
        ("127.0.0.1", NetworkClass.UNKNOWN),
        ("10.1.1.1", NetworkClass.UNKNOWN),
        ("::1", NetworkClass.UNKNOWN),
        ("fe80::1%eth0", NetworkClass.UNKNOWN),
        ("", NetworkClass.UNKNOWN),
        ("no address", NetworkClass.UNKNOWN),
    ],
)
def test_an_address_has_the_class_of_its_network(address: str, class_: NetworkClass):
    """From the lists that come with the program."""
    assert class_ is SHIPPED.of(address).class_


def test_the_longest_prefix_decides():
    """A part of a cloud that scans mail is mail security; behind the part the cloud goes on."""
    networks = Networks(["10.0.0.0/8,cloud,Inside", "20.0.0.0/8,cloud,Big", "20.1.0.0/16,mail_security,Small", "20.1.2.0/24,access,Office"])

    assert [networks.of(address).class_ for address in ("20.0.255.255", "20.1.1.255", "20.1.2.0", "20.1.3.0", "20.2.0.0")] == [
        NetworkClass.CLOUD,
        NetworkClass.MAIL_SECURITY,
        NetworkClass.ACCESS,
        NetworkClass.MAIL_SECURITY,
        NetworkClass.CLOUD,
    ]
    assert Network(NetworkClass.MAIL_SECURITY, "Small") == networks.of("20.1.255.255")


def test_a_later_line_replaces_an_equal_one():
    """An operator's lines stand behind those that come with the program."""
    assert NetworkClass.ACCESS is Networks([*shipped_lines(), "40.92.0.0/15,access,Ours"]).of("40.92.1.1").class_


def test_a_line_that_cannot_be_read_is_left_out_and_named():
    """The other lines count."""
    networks = Networks(
        ["# a comment", "", "8.8.8.0/33,cloud,A", "8.8.8.0/24,nonsense,A", "8.8.8.0/24", "10.0.0.0/8,cloud,A", "8.8.4.0/24,cloud,B"]
    )

    assert Network(NetworkClass.CLOUD, "B") == networks.of("8.8.4.4")
    assert [problem.partition(":")[0] for problem in networks.problems] == ["line 3", "line 4", "line 5", "line 6"]


def test_inside_addresses_stay_unknown_in_any_list():
    """A line for everything says nothing of private addresses."""
    networks = Networks(["0.0.0.0/0,access,All", "::/0,access,All"])

    assert [networks.of(address) for address in ("192.168.1.1", "127.0.0.1", "::1", "fd00::1")] == [UNKNOWN_NETWORK] * 4
    assert NetworkClass.ACCESS is networks.of("8.8.8.8").class_


def test_an_address_in_no_line_is_asked_elsewhere():
    """Private and malformed addresses are not; a line of class `unknown` is an answer."""
    networks = Networks(["20.0.0.0/8,unknown,Ours"], lambda _: Network(NetworkClass.CLOUD, "elsewhere"))

    assert [networks.of(address).vendor for address in ("8.8.8.8", "20.1.1.1", "10.0.0.1", "no address")] == ["elsewhere", "Ours", "", ""]


@given(st.sampled_from(ROWS), st.integers(min_value=0))
def test_every_listed_address_is_found(row: list[str], offset: int):
    """The answer is that of the longest listed network around the address."""
    net = ip_network(row[0])
    address = ip_network(net[offset % net.num_addresses])
    around = [str(address.supernet(new_prefix=length)) for length in range(address.max_prefixlen, 0, -1)]

    assert next(CLASSES[one] for one in around if one in CLASSES) == SHIPPED.of(str(address.network_address)).class_


def test_the_shipped_lists_are_whole_and_dated():
    """Each line has a network, a class, a vendor, a source and a date, and can be read."""
    assert SHIPPED.problems == []
    assert all(len(row) == 5 and row[2] and row[3] and date.fromisoformat(row[4]) for row in ROWS)


def test_web_gateways_of_people_are_in_no_list():
    """Through them people read."""
    vendors = {row[2].lower() for row in ROWS}

    assert not {vendor for vendor in vendors for name in ("zscaler", "netskope", "umbrella", "iboss") if name in vendor}


@pytest.mark.parametrize(
    ("number", "class_"),
    [(22843, NetworkClass.MAIL_SECURITY), (16509, NetworkClass.CLOUD), (3320, NetworkClass.UNKNOWN), (None, NetworkClass.UNKNOWN)],
)
def test_an_autonomous_system_has_a_class(number: int | None, class_: NetworkClass):
    """Without a database there is no number, and nothing follows."""
    assert class_ is network_of_system(number).class_
