"""Received mails: what they are, whom they are about, and what they say."""

from datetime import UTC, datetime

import pytest

from tests.unit.mail.inbound.samples import ALL, BOUNCES, LEAD, OURS, REPLIES, Sample, mail
from tracker.mail.inbound.inbound_mail import InboundKind
from tracker.mail.inbound.reader import read_mail

NOW = datetime(2026, 12, 7, 10, tzinfo=UTC)


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: f"{sample.kind}: {sample.name}")
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_what_a_mail_is(sample: Sample, line_end: str) -> None:
    read = read_mail(sample.raw.replace("\n", line_end).encode(), NOW)
    assert read.kind.value == sample.kind, read
    if sample.answers:
        assert OURS in read.answers
    if sample.severity:
        assert read.bounce is not None
        assert read.bounce.severity.value == sample.severity, read.bounce
        assert read.bounce.recipients == (LEAD,)
        assert sample.says in read.bounce.reason
    if read.kind is InboundKind.AWAY:
        assert str(read.until or "") == sample.until
    if sample.kind == "reply" and sample.says:
        assert read.text == sample.says


def test_the_links_of_the_returned_and_the_quoted_mail_are_found() -> None:
    quoted = mail(
        '<p>Yes</p><blockquote><a href="https://go.us.example/c/abc.def?a=1&amp;b=2">x</a></blockquote>', "Content-Type: text/html"
    )
    assert read_mail(quoted.encode(), NOW).links == ("https://go.us.example/c/abc.def?a=1&b=2",)
    returned = BOUNCES[3].raw.replace("Subject: Offer\n", "Subject: Offer\n\nsee https://go.us.example/c/abc.def\n", 1)
    assert "https://go.us.example/c/abc.def" in read_mail(returned.encode(), NOW).links


HOSTILE = {
    "nul and direction": mail("a\0b", subject="Re: x\0\u202egpj"),
    "broken words": mail("x", subject="Re: =?utf-99?b?////?= =?utf-8?q?=ff?="),
    "no such charset": mail("x", "Content-Type: text/plain; charset=no-such", "Content-Transfer-Encoding: base64"),
    "no boundary": mail("x", "Content-Type: multipart/report; report-type=delivery-status"),
    "parameters of two kinds": mail("x", "Content-Type: text/html; name*=a; name*0=b; charset*=a; charset*0=b"),
    "a tag without an end": mail("<a " + "b: c\n" * 60_000, "Content-Type: text/html"),
    "empty status": mail("--b\nContent-Type: message/delivery-status\n\n--b--", "Content-Type: multipart/report; boundary=b"),
    "half address": mail("x", sender='<<<@@@>>>, "', subject="Undeliverable"),
    "odd date": mail("x").replace("Mon, 7 Dec 2026", "Mon, 99 Dec 99999"),
    "declaration": mail("<![if x]><!DOCTYPE [<!ELEMENT", "Content-Type: text/html"),
    "parts in parts": "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(300)),
    "mails in mails": "Content-Type: message/rfc822\n\n" * 3000,
    "long lines": mail(
        "On " * 60_000 + "\n" + "<" * 60_000, BOUNCES[0].raw[:200], sender="MAILER-DAEMON@x.example", subject="failure " * 9000
    ),
    "many attributions": mail("On 1 x wrote:\n" * 40_000 + "From: a\n" * 40_000),
    "many dates": mail("until 1 " * 30_000, "Auto-Submitted: auto-replied"),
    "many addresses": mail("a@b.example " * 30_000 + "550 5.1.1", sender="MAILER-DAEMON@x.example", subject="Undeliverable"),
    "blanks": mail(" " * 300_000 + "x", sender="MAILER-DAEMON@x.example", subject="Undeliverable" + " " * 100_000),
    "surrogates": "From: \udcff@x.example\nSubject: Re: \udcfe\n\n\udcfd",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mails_are_read(raw: str) -> None:
    """No error, and only printable text, whatever a stranger sends."""
    read = read_mail(raw.encode("utf-8", "surrogateescape"), NOW)
    for text in (read.subject, read.sender, read.sender_name, read.original_subject, read.bounce.reason if read.bounce else ""):
        assert text.isprintable()
        assert len(text) <= 500
    assert "\0" not in read.text
    read.text.encode()


def test_a_cut_mail_is_read() -> None:
    for sample in (BOUNCES[0], BOUNCES[19], REPLIES[0]):
        for end in range(0, len(sample.raw), 37):
            read_mail(sample.raw[:end].encode(), NOW)


@pytest.mark.parametrize(
    ("subject", "text", "severity"),
    [
        ("Nedoručitelná zpráva", f"Zprávu se nepodařilo doručit: {LEAD}\n550 5.1.1 neexistuje", "hard"),
        ("Teslim edilemedi: Offer", f"İletiniz {LEAD} adresine teslim edilemedi. 550 5.1.1", "hard"),
        ("Toimittaminen epäonnistui: Offer", f"Viestiä ei voitu toimittaa: {LEAD}. 552 5.2.2", "soft"),
        ("배달되지 않음: Offer", f"메일을{LEAD}에게 배달하지 못했습니다. 550 5.1.1", "hard"),
        ("No se puede entregar: Offer", f"No se encontró a dana en acme.example: {LEAD}", "hard"),
        ("An unknown language", f"Xyz {LEAD} xyz 550 5.1.1", "hard"),
    ],
)
def test_notes_of_servers_in_other_languages(subject: str, text: str, severity: str) -> None:
    """Known by their words, or by sender, address and code alone."""
    read = read_mail(mail(text, sender="postmaster@mx.example", subject=subject).encode(), NOW)
    assert read.bounce is not None
    assert (read.bounce.severity.value, read.bounce.recipients) == (severity, (LEAD,))


@pytest.mark.parametrize(
    "subject", ["Răspuns automat: Offer", "מענה אוטומטי: Offer", "رد تلقائي: Offer", "Autosvar: Offer", "On leave until Friday"]
)
def test_absences_in_other_languages(subject: str) -> None:
    """A server adds the subject; the fields that would say so are missing."""
    fields = (f"In-Reply-To: {OURS}",)
    assert read_mail(mail("x", *fields, subject=subject).encode(), NOW).kind is InboundKind.AWAY
    assert read_mail(mail("x", *fields, subject="On leave policies").encode(), NOW).kind is InboundKind.REPLY


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Yes\n\nOn Mon, Nov 30, 2026 at 10:00 AM Rosa Lima <rosa@us.example>\nwrote:\n\n> Hi", "Yes"),
        ("Tak\n\npon., 30 lis 2026 o 10:00 Rosa <rosa@us.example> napisał(a):\n\n> Hi", "Tak"),
        ("はい\n\n2026年11月30日(月) 10:00 Rosa <rosa@us.example>:\n\n> Hi", "はい"),
        ("好的\n\n发件人: Rosa <rosa@us.example>\n发送时间: 2026年\n收件人: Dana\n主题: Offer\n\nold", "好的"),
        ("On the phone he wrote:\nplease call", "On the phone he wrote:\nplease call"),
        ("Ask Kim <kim@acme.example>:\nshe knows", "Ask Kim <kim@acme.example>:\nshe knows"),
    ],
)
def test_where_the_quoted_mail_begins(text: str, own: str) -> None:
    """Attributions over two lines and in other languages; a sentence is none."""
    assert read_mail(mail(text, f"In-Reply-To: {OURS}").encode(), NOW).text == own


def test_an_answer_below_a_quoted_mail_of_html() -> None:
    """Quoted mails are told by their element; indented text is the sender's own."""
    html = (
        "<p>On 7 December, Rosa wrote:</p><blockquote type='cite'><p>Thursday?</p><blockquote type=cite>old</blockquote></blockquote>"
        "<p>No, Friday.</p><blockquote style='margin:0 0 0 40px'>at ten</blockquote><BLOCKQUOTE class=gmail_quote>Price?</BLOCKQUOTE>Fine."
    )
    read = read_mail(mail(html, f"In-Reply-To: {OURS}", "Content-Type: text/html; charset=utf-8").encode(), NOW)
    assert read.text.split() == ["No,", "Friday.", "at", "ten", "Fine."]
