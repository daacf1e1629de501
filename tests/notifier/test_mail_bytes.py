"""Mails as a mail server receives them: structured headers of every length, and addresses with other letters than ASCII."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import getaddresses
from ipaddress import ip_network
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.ports import free_ports
from tracker.base.errors import Invalid
from tracker.base.network.allowed_addresses import AllowedTarget
from tracker.base.network.resolver import Resolver
from tracker.domain.workspace.mail_server import MailServer
from tracker.mail import mime, smtp
from tracker.mail.replies import RecipientRefused
from tracker.mail.routes import MAIL_PORTS, Route

ALLOWED = Resolver((AllowedTarget(ip_network("127.0.0.0/8"), None),), MAIL_PORTS)


@dataclass
class Received:
    """A mail server's envelopes and the bytes of their mails."""

    port: int = 0
    envelopes: list[Any] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 ok"


def running(*, utf8: bool) -> Iterator[Received]:
    """A mail server on loopback."""
    received = Received()
    controller = Controller(received, hostname="127.0.0.1", port=free_ports(1), enable_SMTPUTF8=utf8)
    controller.start()
    received.port = controller.port
    yield received
    controller.stop()


@pytest.fixture
def server() -> Iterator[Received]:
    """A server that takes all letters in addresses."""
    yield from running(utf8=True)


@pytest.fixture
def ascii_server() -> Iterator[Received]:
    """A server that takes ASCII addresses only."""
    yield from running(utf8=False)


def hand_over(server: Received, *, sender: str = "rosa@us.example", recipient: str = "dana@acme.example", **more: Any) -> bytes:
    """The bytes of one mail as the server received them."""
    values: dict[str, Any] = {
        "subject": "Offer",
        "text": "Hi",
        "html": None,
        "message_id": "1@us.example",
        "at": datetime(2027, 3, 1, tzinfo=UTC),
    }
    mail = mime.build(sender=("Rosa", sender), recipient=("Dana", recipient), **(values | more))
    route = Route(MailServer(host="127.0.0.1", port=server.port), is_trusted=False)
    smtp.send(route, mail, sender=sender, recipient=recipient, resolver=ALLOWED)
    return bytes(server.envelopes[-1].content)


def lines_of(raw: bytes, name: bytes) -> list[bytes]:
    """The lines of one header."""
    head = raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    first = next(n for n, line in enumerate(head) if line.lower().startswith(name.lower() + b":"))
    last = next((n for n in range(first + 1, len(head)) if head[n][:1] not in (b" ", b"\t")), len(head))
    return head[first:last]


def test_the_unsubscribe_header_is_never_encoded(server: Received) -> None:
    """Mailbox providers ignore encoded words there (RFC 2047, section 5; RFC 8058)."""
    for length in (1, 60, 70, 200, 900):
        url = f"https://go.us.example/u/{'a' * length}"
        raw = hand_over(server, headers=mime.unsubscribe_headers(url))

        assert lines_of(raw, b"List-Unsubscribe") == [f"List-Unsubscribe: <{url}>".encode()]
        assert lines_of(raw, b"List-Unsubscribe-Post") == [b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"]


@pytest.mark.parametrize("count", [1, 2, 3, 10, 60, 400])
@pytest.mark.parametrize("length", [3, 36, 76, 120, 300])
def test_references_of_every_length_arrive(server: Received, count: int, length: int) -> None:
    """Folded between `>` and `<` only: every id is whole, no line exceeds the limit, short ids share lines."""
    ids = [f"<{n:0{length}}@mail.us.example>" for n in range(count)]
    raw = hand_over(server, headers={"References": " ".join(ids), "In-Reply-To": ids[-1]})

    lines = lines_of(raw, b"References")
    assert b"".join(lines).decode() == f"References: {' '.join(ids)}"
    assert all(len(line) <= max(78, len(ids[0]) + len("References: ")) for line in lines)
    assert all(line.endswith(b">") for line in lines)
    assert lines_of(raw, b"In-Reply-To") == [f"In-Reply-To: {ids[-1]}".encode()]
    read = message_from_bytes(raw, policy=default)
    assert read["References"].split() == ids


def test_two_ways_to_unsubscribe_are_folded_behind_the_comma(server: Received) -> None:
    """RFC 2369: a list of addresses in angle brackets."""
    url, mail = f"<https://go.us.example/u/{'a' * 80}>", "<mailto:stop@us.example>"

    raw = hand_over(server, headers={"List-Unsubscribe": f"{url}, {mail}"})

    assert lines_of(raw, b"List-Unsubscribe") == [f"List-Unsubscribe: {url},".encode(), f" {mail}".encode()]


@pytest.mark.parametrize("value", ["<" + "a" * 990 + "@us.example>", "<ü@us.example>"], ids=["too long", "not ASCII"])
def test_what_no_line_can_hold_is_refused(value: str) -> None:
    """By its header's name; never encoded, never cut."""
    with pytest.raises(Invalid) as refused:
        mime.build(
            sender=("Rosa", "rosa@us.example"),
            recipient=("Dana", "dana@acme.example"),
            subject="Offer",
            text="Hi",
            html=None,
            message_id="1@us.example",
            at=datetime(2027, 3, 1, tzinfo=UTC),
            headers={"References": value},
        )
    assert refused.value.field == "references"


@pytest.mark.parametrize("subject", ["Grüße 🎉 " + "long " * 60, "word" * 300, "ü" * 400])
def test_subjects_still_fold_well(server: Received, subject: str) -> None:
    """Short lines, and the same subject on the other side."""
    raw = hand_over(server, subject=subject)

    assert all(len(line) <= 78 for line in lines_of(raw, b"Subject"))
    assert message_from_bytes(raw, policy=default)["Subject"].strip() == subject.strip()


def test_an_international_domain_is_sent_in_ascii(ascii_server: Received) -> None:
    """Any server takes it, in the envelope, in the headers and in the Message-ID."""
    raw = hand_over(ascii_server, sender="rosa@büro.example", recipient="dana@müller.example", message_id="1@büro.example")

    envelope = ascii_server.envelopes[-1]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("rosa@xn--bro-hoa.example", ["dana@xn--mller-kva.example"])
    assert raw.isascii()
    assert lines_of(raw, b"To") == [b"To: Dana <dana@xn--mller-kva.example>"]
    assert lines_of(raw, b"Message-ID") == [b"Message-ID: <1@xn--bro-hoa.example>"]


def test_other_letters_before_the_at_sign_need_a_server_that_takes_them(server: Received, ascii_server: Received) -> None:
    """SMTPUTF8 (RFC 6531) where it is offered, else a failure that says so; an ASCII address is never refused for it."""
    raw = hand_over(server, recipient="jörg@müller.example", subject="Grüße")

    assert server.envelopes[-1].rcpt_tos == ["jörg@xn--mller-kva.example"]
    assert lines_of(raw, b"To") == ["To: Dana <jörg@xn--mller-kva.example>".encode()]
    with pytest.raises(RecipientRefused, match="SMTPUTF8") as refused:
        hand_over(ascii_server, recipient="jörg@müller.example")
    assert refused.value.permanent
    assert hand_over(ascii_server, recipient="dana@acme.example")


NAMES = [
    "Dana",
    'Müller, "Jörg"',
    'Dana, "Di" \\ Whitfield',
    "; , :",
    "a" * 120,
    "ß" * 120,
    "名前 " * 40,
    "=?utf-8?q?x?=",
    "<a@b.example>",
    "@",
    "",
]


@pytest.mark.parametrize("count", [1, 2, 7, 49])
def test_every_name_arrives_with_its_address(server: Received, count: int) -> None:
    """Names with commas, long words and other letters: no address is added or lost, and no empty line ends the headers."""
    people = [(NAMES[n % len(NAMES)], f"p{n}{'x' * n}@{'sub.' * (n % 6)}acme.example") for n in range(count)]
    raw = hand_over(server, to=people, cc=people[::-1], headers={"Reply-To": f"{'r' * 60}@{'b' * 60}.example"}, subject="Plan")

    read = message_from_bytes(raw)
    for header, expected in (("To", people), ("Cc", people[::-1])):
        found = getaddresses([read[header].replace("\r\n", "")])
        assert [address for _, address in found] == [address for _, address in expected]
        names = [str(make_header(decode_header(name))) for name, _ in found]
        assert [" ".join(name.split()) for name in names] == [" ".join(name.split()) for name, _ in expected]
        assert all(line.strip() for line in lines_of(raw, header.encode()))
    assert lines_of(raw, b"Reply-To") == [f"Reply-To: {'r' * 60}@{'b' * 60}.example".encode()]
    assert read["Subject"] == "Plan"
