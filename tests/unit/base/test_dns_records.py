"""DNS records of a sender, asked of a name server on this machine."""

from collections.abc import Iterator

import dns.rcode
import pytest

from tests.dns_server import Reply, answer, name_server, zone
from tracker.base.network.dns_records import DnsAnswer, DnsRecords, DnsStatus
from tracker.base.network.public_suffixes import organisational_domain

LONG = "v=DKIM1; p=" + "A" * 700
REPLIES: dict[str, Reply] = {
    **zone({
        "acme.example": {"TXT": ["v=spf1 -all", LONG], "MX": ["10 MX.Acme.example."], "A": ["192.0.2.1"]},
        "4.3.2.1.in-addr.arpa": {"PTR": ["Mail.Acme.example."]},
        "hostile.example": {"TXT": ["v=spf1 \\027[31m -all"]},
        "null.example": {"MX": ["0 ."]},
    }),
    "broken.example.": answer(rcode=dns.rcode.SERVFAIL),
    "silent.example.": lambda _: None,
}  # fmt: skip


@pytest.fixture
def records() -> Iterator[DnsRecords]:
    """Asks a name server that answers from the table."""
    with name_server(REPLIES) as server:
        yield DnsRecords([server], seconds=0.3)


def test_values_are_plain_text(records: DnsRecords):
    """Strings of a TXT record are joined; names are in lower case; control characters never reach a terminal."""
    assert records.ask("ACME.example.", "TXT").values == (LONG, "v=spf1 -all")
    assert records.ask("acme.example", "MX") == DnsAnswer(DnsStatus.FOUND, ("10 mx.acme.example",))
    assert records.ask("null.example", "MX").values == ("0 ",)
    assert records.ask("acme.example", "A").values == ("192.0.2.1",)
    assert records.ask("4.3.2.1.in-addr.arpa", "PTR").values == ("mail.acme.example",)
    assert records.ask("hostile.example", "TXT").values == ("v=spf1 \ufffd[31m -all",)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("acme.example", DnsStatus.EMPTY),
        ("missing.example", DnsStatus.MISSING),
        ("", DnsStatus.MISSING),
        ("a" * 300, DnsStatus.MISSING),
        ("a..b", DnsStatus.FAILED),
        ("broken.example", DnsStatus.FAILED),
        ("silent.example", DnsStatus.FAILED),
    ],
)
def test_what_is_not_found(records: DnsRecords, name: str, status: DnsStatus):
    """No error leaves it; only a missing answer is no answer."""
    assert records.ask(name, "AAAA") == DnsAnswer(status)


def test_each_question_is_asked_once():
    """Asked ahead at the same time, then known."""
    asked: list[str] = []

    def counting(query: dns.message.Message) -> bytes | None:
        asked.append(str(query.question[0].name))
        return answer("10 mx.acme.example.")(query)

    with name_server({"acme.example.": counting}) as server:
        records = DnsRecords([server], seconds=2)
        records.ask_ahead([("acme.example", "MX"), ("missing.example", "MX")])
        assert records.ask("acme.example", "MX").values == ("10 mx.acme.example",)
    assert asked == ["acme.example."]


def test_all_questions_share_a_limit():
    """After it, nothing is asked, however many names a record has."""
    with name_server(REPLIES) as server:
        assert DnsRecords([server], total=0).ask("acme.example", "MX") == DnsAnswer(DnsStatus.FAILED)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("track.acme.example", "acme.example"),
        ("Track.Acme.Co.UK.", "acme.co.uk"),
        ("acme.com", "acme.com"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("shop.github.io", "shop.github.io"),
        ("", ""),
    ],
)
def test_organisational_domains(host: str, domain: str):
    """By the list that comes with the library."""
    assert organisational_domain(host) == domain
