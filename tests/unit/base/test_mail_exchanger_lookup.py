"""Mail exchangers, asked of a name server on this machine."""

import socket
from collections.abc import Iterator

import dns.rcode
import pytest

from tests.dns_server import Reply, answer, name_server
from tracker.base.network.dns_servers import DnsServer
from tracker.base.network.mail_exchangers import MailExchangerLookup

REPLIES: dict[str, Reply] = {
    "acme.example.": answer("20 mx2.acme.example.", "10 MX1.Acme.example."),
    "empty.example.": answer(),
    "null.example.": answer("0 ."),
    "missing.example.": answer(rcode=dns.rcode.NXDOMAIN),
    "broken.example.": answer(rcode=dns.rcode.SERVFAIL),
    "nonsense.example.": lambda _: b"nonsense",
    "silent.example.": lambda _: None,
}


@pytest.fixture
def lookup() -> Iterator[MailExchangerLookup]:
    """Asks a name server that answers from the table."""
    with name_server(REPLIES) as server:
        yield MailExchangerLookup([server], seconds=0.3)


@pytest.mark.parametrize("domain", ["acme.example", " acme.example. ", "ACME.example"])
def test_hosts_come_by_preference(lookup: MailExchangerLookup, domain: str):
    """In lower case, without the last dot."""
    REPLIES["ACME.example."] = REPLIES["acme.example."]

    assert lookup.hosts(domain) == ["mx1.acme.example", "mx2.acme.example"]


@pytest.mark.parametrize("domain", ["empty.example", "null.example"])
def test_a_domain_without_exchangers_has_none(lookup: MailExchangerLookup, domain: str):
    """It has no such record, or says that it accepts no mail (RFC 7505)."""
    assert lookup.hosts(domain) == []


@pytest.mark.parametrize(
    "domain", ["missing.example", "broken.example", "nonsense.example", "silent.example", "", "." * 9, "a" * 300, "a..b", "ä\x00"]
)
def test_what_cannot_be_looked_up_is_unknown(lookup: MailExchangerLookup, domain: str):
    """No error leaves the look-up, and none lasts longer than its limit."""
    REPLIES.setdefault("xn--" + domain, REPLIES["missing.example."])

    assert lookup.hosts(domain) is None


def test_a_server_that_is_away_is_unknown():
    """Nothing listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    assert MailExchangerLookup([DnsServer("127.0.0.1", port)], seconds=0.3).hosts("acme.example") is None
