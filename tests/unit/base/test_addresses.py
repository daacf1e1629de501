"""Which addresses outbound HTTP may reach."""

from ipaddress import ip_address, ip_network

import pytest

from tracker.base.network.allowed_addresses import AllowedTarget, is_public, may_reach

_PRIVATE = [
    "100.64.0.1",
    "192.0.0.8",
    "224.0.0.1",
    "ff02::1",
    "fec0::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "::127.0.0.1",
    "64:ff9b:1::1",
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "::1",
    "::",
    "0.0.0.0",
    "255.255.255.255",
    "240.0.0.1",
    "198.18.0.1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "2001::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:100.64.0.1",
    "192.0.2.1",
    "203.0.113.5",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
]


@pytest.mark.parametrize("text", _PRIVATE)
def test_addresses_that_are_not_public_are_refused(text):
    """Nothing that leads into a private network, in whatever spelling, is public."""
    assert not is_public(ip_address(text))
    assert not may_reach(ip_address(text), 443, ())


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_reached_on_the_webs_ports_alone(text):
    """Webhooks speak to web servers, not to databases."""
    address = ip_address(text)

    assert [may_reach(address, port, ()) for port in (443, 80, 25, 6379, 27017, 8080)] == [True, True, False, False, False, False]


def test_the_operator_can_allow_a_network_and_a_port():
    """OUTBOUND_ALLOW opens exactly what it names."""
    port_only = (AllowedTarget(ip_network("10.1.0.0/16"), 9000),)
    any_port = (AllowedTarget(ip_network("::1/128"), None), AllowedTarget(ip_network("127.0.0.0/8"), None))

    assert may_reach(ip_address("10.1.2.3"), 9000, port_only)
    assert may_reach(ip_address("::ffff:10.1.2.3"), 9000, port_only)
    assert not may_reach(ip_address("10.1.2.3"), 9001, port_only)
    assert not may_reach(ip_address("10.2.2.3"), 9000, port_only)
    assert may_reach(ip_address("::1"), 1234, any_port)
    assert may_reach(ip_address("127.9.9.9"), 80, any_port)
