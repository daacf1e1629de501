"""Builds an EmailMessage from headers and parts. Values cannot add headers or recipients."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from tracker.base.errors import Invalid
from tracker.base.mail_addresses import wire_address
from tracker.mail.address_headers import ADDRESSES, AddressListHeader, mailbox
from tracker.mail.structured_headers import STRUCTURED, StructuredHeader, refuse_unfoldable

_LONGEST_LINE = 900
_HEADERS = HeaderRegistry()
for _name in STRUCTURED:
    _HEADERS.map_to_type(_name, StructuredHeader)
for _name in ADDRESSES:
    _HEADERS.map_to_type(_name, AddressListHeader)
_ASCII, _UTF8 = SMTP.clone(header_factory=_HEADERS), SMTPUTF8.clone(header_factory=_HEADERS)
_PLAIN = re.compile(r"[\t\r\n -~]*")
_LETTER = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file to attach."""

    name: str
    type: str
    content: bytes


def build(
    *,
    sender: tuple[str, str],
    recipient: tuple[str, str],
    subject: str,
    text: str,
    html: str | None,
    message_id: str,
    at: datetime,
    headers: Mapping[str, str] | None = None,
    to: Sequence[tuple[str, str]] = (),
    cc: Sequence[tuple[str, str]] = (),
    files: Sequence[FilePart] = (),
) -> EmailMessage:
    """The mail. `sender` and `recipient` are (name, address); `message_id` is without angle brackets.

    `to` and `cc` are the recipients that the mail shows; without `to`, it shows `recipient`. Domains are written in ASCII (IDNA). An
    address with other letters before the @ needs a server with SMTPUTF8.

    Raises Invalid, naming the field, for anything that would break out of its header.
    """
    sender, shown, cc = _on_the_wire(sender), tuple(map(_on_the_wire, to or (recipient,))), tuple(map(_on_the_wire, cc))
    others = {name: wire_address(value) if name.lower() in ADDRESSES else value for name, value in (headers or {}).items()}
    addresses = [address for _, address in (sender, _on_the_wire(recipient), *shown, *cc)]
    is_ascii = all(map(str.isascii, (*addresses, *(value for name, value in others.items() if name.lower() in ADDRESSES))))
    mail = EmailMessage(policy=_ASCII if is_ascii else _UTF8)
    _set(mail, "From", _address("rep", sender), "rep")
    _set(mail, "To", ", ".join(_address("lead", person) for person in shown), "lead")
    if cc:
        _set(mail, "Cc", ", ".join(_address("cc", person) for person in cc), "cc")
    _set(mail, "Subject", subject, "subject")
    _set(mail, "Date", format_datetime(at), "at")
    _set(mail, "Message-ID", f"<{wire_address(message_id)}>", "message")
    for name, value in others.items():
        _set(mail, name, value, name.lower())
    _add_parts(mail, text, html, files)
    return mail


def _on_the_wire(person: tuple[str, str]) -> tuple[str, str]:
    return person[0], wire_address(person[1])


def _add_parts(mail: EmailMessage, text: str, html: str | None, files: Sequence[FilePart]) -> None:
    try:
        # Long lines are encoded as base64 or quoted-printable, so servers neither cut nor change them.
        mail.set_content(text.replace("\r\n", "\n") + "\n", cte=_encoding(text))
        if html is not None:
            mail.add_alternative(html, subtype="html", cte=_encoding(html))
        for file in files:
            maintype, _, subtype = file.type.partition("/")
            mail.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    except (MessageError, UnicodeError, ValueError) as error:
        raise Invalid("html", "contains characters that mail does not allow") from error


def unsubscribe_headers(url: str) -> dict[str, str]:
    """The headers of RFC 2369 and RFC 8058: mailbox providers show an unsubscribe button that sends a POST to it."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _encoding(text: str) -> str | None:
    if _PLAIN.fullmatch(text) and all(len(line) <= _LONGEST_LINE for line in text.splitlines()):
        return "7bit"
    return "quoted-printable"


def _address(field: str, person: tuple[str, str]) -> str:
    """The mailbox as it stands in a header. Raises Invalid."""
    name, address = _one_line(field, person[0]), _one_line(field, person[1])
    try:
        Address(display_name=name, addr_spec=_LETTER.sub("a", address))
    except (MessageError, ValueError, IndexError) as error:
        raise Invalid(field, "is not a valid email address") from error
    return mailbox(name, address)


def _set(mail: EmailMessage, name: str, value: str, field: str) -> None:
    plain = _one_line(field, value)
    if name.lower() in STRUCTURED:
        refuse_unfoldable(field, name, plain)
    try:
        mail[name] = plain
    except (MessageError, ValueError, TypeError) as error:
        raise Invalid(field, "contains characters that a mail header does not allow") from error


def _one_line(field: str, text: str) -> str:
    if any(ord(c) < ord(" ") or c in "\x7f\x85\u2028\u2029" for c in text):
        raise Invalid(field, "must be one line without control characters")
    return text
