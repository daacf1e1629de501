"""Splicing: the HTML of a mail is replaced, and no byte of anything else changes. tracker.mail.splice."""

import base64
import quopri
from email import message_from_bytes
from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.mail.splice.headers import read_header
from tracker.mail.splice.mail import UNCHANGED, read_mail

_HTML = "<html><body><p>Grüße, see <a href='https://x.example/a'>the offer</a> \u2013 {}</p></body></html>\r\n"
_CHARSETS = ("utf-8", "iso-8859-1", "windows-1252", "iso-2022-jp", "gb18030", "us-ascii")
_BOUNDARIES = ("b", "=_x.'()+,-./:=?", "----=_Part_1_2.3", "a b", "--")
_TEXTS = st.text(st.characters(codec="iso-8859-1", exclude_characters="\r\x00", exclude_categories=["Cc"]), max_size=60)


def _encoded(content: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(content).replace(b"\n", b"\r\n")
    return quopri.encodestring(content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n") if encoding == "quoted-printable" else content


@st.composite
def _html_parts(draw: st.DrawFn) -> bytes:
    charset, encoding = draw(st.sampled_from(_CHARSETS)), draw(st.sampled_from(("quoted-printable", "base64", "8bit", "7BIT", "")))
    content = _HTML.format(draw(_TEXTS)).encode(charset, "xmlcharrefreplace")
    space = draw(st.sampled_from((" ", "\r\n ")))
    field = f"Content-Transfer-Encoding:{space}{encoding}\r\n" if encoding else ""
    fields = [f'Content-Type: text/HTML;\r\n\tcharset="{charset}"\r\n', field, draw(st.sampled_from(("", "X-Part: 1\r\n")))]
    return "".join(draw(st.permutations(fields))).encode() + b"\r\n" + _encoded(content, encoding)


@st.composite
def _other_parts(draw: st.DrawFn) -> bytes:
    head = draw(
        st.sampled_from(
            (
                b"",
                b"Content-Type: text/plain; charset=utf-8\r\n",
                b"Content-Type: text/html\r\nContent-Disposition: attachment; filename=a.html\r\n",
                b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n",
                b"Content-Type: message/rfc822\r\n",
            )
        )
    )
    if b"rfc822" in head:
        return head + b"\r\nSubject: inner\r\nContent-Type: text/html\r\n\r\n<p>inner</p>"
    return head + b"\r\n" + draw(st.binary(max_size=40)).replace(b"\r", b"").replace(b"\n", b"\r\n").replace(b"--", b"")


def _multipart(kind: str, boundary: str, parts: list[bytes], preamble: bytes, epilogue: bytes) -> bytes:
    line = b"\r\n--" + boundary.encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + preamble + b"".join(line + b" \r\n" + part for part in parts) + line + b"--\r\n" + epilogue


@st.composite
def _mails(draw: st.DrawFn) -> bytes:
    first, second = draw(st.permutations(_BOUNDARIES))[:2]
    inner = _multipart("alternative", first + "i", [draw(_other_parts()), draw(_html_parts())], b"", b"")
    whole = _multipart("mixed", second + "o", [draw(_other_parts()), inner, draw(_other_parts())], b"pre\r\n--no", b"epi")
    return b"Subject: =?utf-8?q?x?=\r\n folded\r\nMIME-Version: 1.0\r\n" + draw(st.sampled_from((inner, whole, draw(_html_parts()))))


def _tree(mail: "Message[str, str]") -> list[tuple[str, bytes]]:
    """All parts with the content of those that are not HTML to be read."""
    parts = []
    for part in mail.walk():
        is_html = part.get_content_type() == "text/html" and part.get_filename() is None
        parts.append((part.get_content_type(), b"" if is_html or part.is_multipart() else bytes(part.get_payload(decode=True))))
    return parts


@settings(max_examples=120, deadline=None, derandomize=True)
@given(_mails(), st.sampled_from(("<img>", "€" * 9, "x" * 1100)))
def test_only_html_changes(raw: bytes, added: str) -> None:
    """Every byte outside HTML parts and their transfer encoding stays, the tree of parts is the same, and the HTML is the new one."""
    mail = read_mail(raw)
    if mail.unchanged is not None:
        assert mail.unchanged == "unreadable"  # two programs could read it differently
        return
    assert mail.with_htmls(mail.htmls) == raw
    new = [html.replace("</body>", f"{added}</body>") for html in mail.htmls]
    made = mail.with_htmls(new)
    old, changed = message_from_bytes(raw), message_from_bytes(made)
    assert _tree(changed) == _tree(old)
    start, end = mail._leaves[0].header[0], mail._leaves[-1].body[1]
    assert made.startswith(raw[:start])
    assert made.endswith(raw[end:])
    again = read_mail(made)
    assert [html.replace("&#8364;", "€") for html in again.htmls] == new
    limit = 998 if any("quoted" in leaf.transfer_encoding for leaf in again._leaves) or "x" * 1000 in added else 10**6
    assert max(map(len, made[start:].split(b"\r\n"))) <= limit


def _mail(head: bytes, body: bytes) -> bytes:
    return b"From: a@x.example\r\nSubject: s\r\n" + head + b"\r\n" + body


_SMALL = b"Content-Type: text/html; charset=utf-8\r\n"
_PARTS = b"--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b\r\nContent-Type: %s\r\n\r\nx\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("reason", "raw"),
    [
        ("signed", _mail(b"Content-Type: multipart/signed; boundary=b\r\n", _PARTS % b"application/pkcs7-signature")),
        ("signed", _mail(b"Content-Type: multipart/mixed; boundary=b\r\n", _PARTS % b"application/pgp-signature")),
        ("encrypted", _mail(b"Content-Type: multipart/encrypted; boundary=b\r\n", _PARTS % b"application/octet-stream")),
        ("encrypted", _mail(b"Content-Type: application/pkcs7-mime\r\n", b"x")),
        ("encrypted", _mail(_SMALL, b"<pre>\r\n-----BEGIN PGP MESSAGE-----\r\n")),
        ("calendar", _mail(b"Content-Type: multipart/alternative; boundary=b\r\n", _PARTS % b"text/calendar")),
        ("report", _mail(b"Content-Type: multipart/report; boundary=b\r\n", _PARTS % b"message/delivery-status")),
        ("automatic", _mail(b"Auto-Submitted: auto-replied\r\n" + _SMALL, b"<p>away</p>")),
        ("dkim", _mail(b"DKIM-Signature: v=1; a=rsa-sha256\r\n" + _SMALL, b"<p>x</p>")),
        ("plain", _mail(b"", b"hello")),
        ("plain", _mail(b"Content-Type: message/rfc822\r\n", _SMALL + b"\r\n<p>x</p>")),
        ("unreadable", _mail(b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n" + _SMALL + b"\r\n<p>not closed")),
        ("unreadable", _mail(b"Content-Type: multipart/mixed\r\n", b"--b\r\n\r\nx\r\n--b--\r\n")),
        ("unreadable", _mail(_SMALL + b"Content-Type: text/plain\r\n", b"<p>x</p>")),
        ("unreadable", b"no header\r\n\r\n<p>x</p>"),
        ("inexact", _mail(_SMALL, b"<p>\xe4 is no UTF-8</p>")),
        ("inexact", _mail(b"Content-Type: text/html\r\n", b"<p>\xc3\xa4</p>")),
        ("inexact", _mail(b"Content-Type: text/html; charset=utf-7\r\n", b"<p>+AGE-</p>")),
        ("inexact", _mail(b"Content-Type: text/html; charset=unicode_escape\r\n", b"<p>x</p>")),
        ("inexact", _mail(b"Content-Type: text/html; charset=nothing\r\n", b"<p>x</p>")),
        ("inexact", _mail(_SMALL + b"Content-Transfer-Encoding: base64\r\n", b"PHA@+\r\n")),
        ("inexact", _mail(_SMALL + b"Content-Transfer-Encoding: quoted-printable\r\n", b"<p>100 =XY</p>")),
        ("inexact", _mail(_SMALL + b"Content-Transfer-Encoding: x-uuencode\r\n", b"<p>x</p>")),
        ("too_large", _mail(_SMALL, b"<p>" + b"x" * (2**21) + b"</p>")),
    ],
)
def test_unchanged_kinds(reason: str, raw: bytes) -> None:
    """What is signed, encrypted, automatic or not certain is never changed, and says why."""
    assert read_mail(raw).unchanged == reason
    assert reason in UNCHANGED


def test_parameters_that_the_standard_library_cannot_sort() -> None:
    """It raises an error of another type than those of its documentation; the mail passes unchanged."""
    for name in ("name", "charset", "filename"):
        assert read_mail(f"Content-Type: text/html; {name}*=a; {name}*0=b\r\n\r\n<p>x</p>".encode()).unchanged is not None


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_a_header_of_raw_letters_is_read(charset: str) -> None:
    """As RFC 6532 writes them, and as old clients do: names, subject and the mark are what was typed."""
    raw = 'From: Jürgen <rita@us.example>\r\nTo: "Käse, Jörg" <dana@acme.example>\r\nSubject: [No tracking] Grüße\r\n\r\n'.encode(charset)
    found = read_header(raw)
    assert (found.subject, found.senders, found.is_tracking_off) == ("Grüße", ("rita@us.example",), True)
    assert found.to == (("Käse, Jörg", "dana@acme.example"),)
