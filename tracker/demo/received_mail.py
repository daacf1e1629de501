"""An email that the demo's mail server received, parsed as untrusted input. Created by demo.inbox."""

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

_LONGEST_HEADER = 2000
_MOST_HEADERS = 80
_MOST_PARTS = 100


@dataclass(frozen=True, slots=True)
class Mail:
    """One received email. `html` is unsanitised and shown only in a sandbox (demo.mail_html)."""

    id: str
    received: datetime
    sender: str
    to: str
    subject: str
    headers: tuple[tuple[str, str], ...]
    html: str | None
    text: str

    @property
    def sender_name(self) -> str:
        """The sender's name, or else the address."""
        return self.sender.partition(" <")[0].strip('" ') or self.sender or "Unknown sender"


def read_mail(key: str, received: datetime, raw: bytes) -> Mail:
    """Parses an email. Malformed parts are shown as far as possible; never raises."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    headers = tuple((_clean(name), _header(value)) for name, value in message.items()[:_MOST_HEADERS])
    html, text = _bodies(message)
    first = {name.lower(): value for name, value in reversed(headers)}
    return Mail(
        id=key,
        received=received,
        sender=first.get("from", ""),
        to=first.get("to", ""),
        subject=first.get("subject", "") or "(no subject)",
        headers=headers,
        html=html,
        text=text or "",
    )


def _bodies(message: Message) -> tuple[str | None, str | None]:
    found: dict[str, str] = {}
    for number, part in enumerate(message.walk()):
        kind = part.get_content_type()
        if number >= _MOST_PARTS:
            break
        if (
            kind in ("text/html", "text/plain")
            and kind not in found
            and "attachment" not in str(part.get("content-disposition", "")).lower()
        ):
            found[kind] = _decoded(part)
    return found.get("text/html"), found.get("text/plain")


def _decoded(part: Message) -> str:
    try:
        raw = part.get_payload(decode=True)
    except (ValueError, LookupError, MessageError):
        raw = b""
    if not isinstance(raw, bytes):
        return ""
    try:
        return raw.decode(str(part.get_content_charset("utf-8")), "replace")
    except (LookupError, ValueError):
        return raw.decode("utf-8", "replace")


def _header(value: object) -> str:
    try:
        text = str(make_header(decode_header(str(value))))
    except (ValueError, LookupError, MessageError):
        text = str(value)
    return _clean(text)


def _clean(text: str) -> str:
    """One line without control characters or lone surrogates, limited in length."""
    line = " ".join(text.split())
    line = "".join(c for c in line if c.isprintable())
    return line[:_LONGEST_HEADER].encode("utf-8", "replace").decode()
