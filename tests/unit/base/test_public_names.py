"""Names and addresses that people elsewhere cannot reach, by their text."""

import pytest

from tracker.base.network.public_names import unreachable_reason

LOCAL = (
    "http://localhost:8081",
    "https://localhost",
    "https://LOCALHOST.",
    "https://a.localhost",
    "https://127.0.0.1",
    "https://[::1]:8443",
)
PRIVATE = (
    *("https://10.0.0.5", "https://192.168.1.2:8443", "https://172.16.3.4", "https://100.64.0.1", "https://169.254.1.1", "https://0.0.0.0"),
    *("https://[fd00::1]", "https://[fe80::1]", "https://[::ffff:10.0.0.5]", "https://203.0.113.9", "https://[2001:db8::1]"),
    *("https://tracker", "https://links.local", "https://links.internal", "https://links.lan", "https://nas.home.arpa", "https://a.test"),
    *("https://links.example", "https://links.corp", "https://mail.fritz.home", "https://x.localdomain", "https://links.invalid."),
)
PUBLIC = (
    "https://links.example.com",
    "https://links.example.com:8443/t",
    "https://8.8.8.8",
    "https://[2600::1]",
    "https://xn--bcher-kva.de",
)


@pytest.mark.parametrize("url", LOCAL)
def test_this_machine(url: str) -> None:
    """Loopback in each spelling."""
    assert "this machine only" in unreachable_reason(url)


@pytest.mark.parametrize("url", PRIVATE)
def test_private_names_and_addresses(url: str) -> None:
    """Special-use names, single labels, private and documentation addresses."""
    assert "private address" in unreachable_reason(url) or "no public name" in unreachable_reason(url)


@pytest.mark.parametrize("url", PUBLIC)
def test_public_ones(url: str) -> None:
    """By https they may be reachable; by plain http they do not count."""
    assert unreachable_reason(url) == ""
    assert "plain http" in unreachable_reason(url.replace("https:", "http:"))
