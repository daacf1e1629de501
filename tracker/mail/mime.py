"""Builds an EmailMessage from headers and parts. Values cannot add headers or recipients."""

from collections.abc import Mapping
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from tracker.base.errors import Invalid

_LONGEST_LINE = 900


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
) -> EmailMessage:
    """The mail. `sender` and `recipient` are (name, address); `message_id` is without angle brackets.

    Raises Invalid, naming the field, for anything that would break out of its header.
    """
    is_ascii = (sender[1] + recipient[1]).isascii()
    mail = EmailMessage(policy=SMTP if is_ascii else SMTPUTF8)
    _set(mail, "From", _address("rep", sender), "rep")
    _set(mail, "To", _address("lead", recipient), "lead")
    _set(mail, "Subject", subject, "subject")
    _set(mail, "Date", format_datetime(at), "at")
    _set(mail, "Message-ID", f"<{message_id}>", "message")
    for name, value in (headers or {}).items():
        _set(mail, name, value, name.lower())
    try:
        # Long lines are encoded as base64 or quoted-printable, so servers neither cut nor change them.
        mail.set_content(text.replace("\r\n", "\n") + "\n", cte=_encoding(text))
        if html is not None:
            mail.add_alternative(html, subtype="html", cte=_encoding(html))
    except (MessageError, UnicodeError, ValueError) as error:
        raise Invalid("html", "contains characters that mail does not allow") from error
    return mail


def unsubscribe_headers(url: str) -> dict[str, str]:
    """The headers of RFC 2369 and RFC 8058: mailbox providers show an unsubscribe button that sends a POST to it."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _encoding(text: str) -> str | None:
    if text.isascii() and all(len(line) <= _LONGEST_LINE for line in text.splitlines()):
        return "7bit"
    return "quoted-printable"


def _address(field: str, person: tuple[str, str]) -> Address:
    name, address = person
    try:
        return Address(display_name=_one_line(field, name), addr_spec=_one_line(field, address))
    except (MessageError, ValueError, IndexError) as error:
        raise Invalid(field, "is not a valid email address") from error


def _set(mail: EmailMessage, name: str, value: str | Address, field: str) -> None:
    plain = _one_line(field, value) if isinstance(value, str) else value
    try:
        mail[name] = plain
    except (MessageError, ValueError, TypeError) as error:
        raise Invalid(field, "contains characters that a mail header does not allow") from error


def _one_line(field: str, text: str) -> str:
    if any(ord(c) < ord(" ") or c in "\x7f\x85\u2028\u2029" for c in text):
        raise Invalid(field, "must be one line without control characters")
    return text
