"""Mail exchangers, asked of a name server on this machine."""

import socket
import threading
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from tracker.base.network.dns_servers import DnsServer
from tracker.base.network.mail_exchangers import MailExchangerLookup

Reply = Callable[[dns.message.Message], bytes | None]


def _answer(*records: str, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> Reply:
    def reply(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        response.set_rcode(rcode)
        if records:
            response.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "MX", *records))
        return response.to_wire()

    return reply


REPLIES: dict[str, Reply] = {
    "acme.example.": _answer("20 mx2.acme.example.", "10 MX1.Acme.example."),
    "empty.example.": _answer(),
    "null.example.": _answer("0 ."),
    "missing.example.": _answer(rcode=dns.rcode.NXDOMAIN),
    "broken.example.": _answer(rcode=dns.rcode.SERVFAIL),
    "nonsense.example.": lambda _: b"nonsense",
    "silent.example.": lambda _: None,
}


@pytest.fixture
def lookup() -> Iterator[MailExchangerLookup]:
    """Asks a name server that answers from the table."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        stop = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, stop))
        thread.start()
        yield MailExchangerLookup([DnsServer("127.0.0.1", server.getsockname()[1])], seconds=0.3)
        stop.set()
        thread.join()


def _serve(server: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            wire, client = server.recvfrom(4096)
        except TimeoutError:
            continue
        query = dns.message.from_wire(wire)
        reply = REPLIES[str(query.question[0].name)](query)
        if reply is not None:
            server.sendto(reply, client)


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
