"""The header block of a submitted mail: what it says, and the few fields that are not passed on. Called by actions.mail_relay."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from tracker.base.mail_addresses import read_addresses
from tracker.mail.raw_fields import as_text, raw_field, raw_fields

MARK = "[no tracking]"
"""In a subject, it switches tracking off, and is removed from the subject. Compared without case."""
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_NOT_PASSED_ON = frozenset((b"bcc", b"resent-bcc", b"x-leadlight-track"))
_SENDERS = ("from", "sender", "resent-from", "resent-sender")
_OFF = frozenset(("no", "off", "false", "0"))
_MARK = re.compile(re.escape(MARK) + r"[ \t]*", re.IGNORECASE)
_RAW_MARK = re.compile(re.escape(MARK.encode()) + rb"[ \t]*", re.IGNORECASE)
_ID = re.compile(r"<[^\s<>]+@[^\s<>]+>")
_MOST_IDS = 20
_LONGEST_ID = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedHeader:
    """The fields of a submitted mail that matter here, decoded."""

    subject: str
    """Without the mark."""
    senders: tuple[str, ...]
    """The addresses in From, Sender, Resent-From and Resent-Sender; empty where they are missing or not certain."""
    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    to: tuple[tuple[str, str], ...]
    """Names and addresses."""
    cc: tuple[tuple[str, str], ...]
    is_tracking_off: bool
    """Whether the mail's header or subject switches tracking off."""


def read_header(raw: bytes) -> SubmittedHeader:
    """Reads the header block. Never raises."""
    fields = BytesParser(policy=compat32).parsebytes(raw[: _end(raw)], headersonly=True)
    subject = _text(fields, "subject")
    ids = tuple(dict.fromkeys(one for one in _ID.findall(_text(fields, "references")) if len(one) <= _LONGEST_ID))
    off = raw_field(fields, "x-leadlight-track").strip().lower() in _OFF
    return SubmittedHeader(
        subject=" ".join(_MARK.sub("", subject).split()),
        senders=_senders(raw, fields),
        message_id=_first_id(fields, "message-id"),
        in_reply_to=_first_id(fields, "in-reply-to"),
        references=ids[-_MOST_IDS:],
        to=_people(fields, "to"),
        cc=_people(fields, "cc"),
        is_tracking_off=off or _MARK.search(subject) is not None,
    )


def passed_on(raw: bytes) -> bytes:
    """The mail without `Bcc` and Leadlight's own fields, and without the mark in its subject; all other bytes stay.

    A subject that the client signed (DKIM) keeps its mark.
    """
    fields = list(_fields(raw))
    is_signed = any(name == b"dkim-signature" for name, _, _ in fields)
    pieces, position = [], 0
    for name, start, end in fields:
        if name in _NOT_PASSED_ON:
            replacement = b""
        elif name == b"subject" and not is_signed:
            replacement = _unmarked(raw[start:end])
        else:
            continue
        pieces += [raw[position:start], replacement]
        position = end
    return b"".join((*pieces, raw[position:]))


def _unmarked(field: bytes) -> bytes:
    """The subject field without the mark; decoded only where the mark is inside encoded words."""
    if _RAW_MARK.search(field):
        return _RAW_MARK.sub(b"", field)
    value = field.partition(b":")[2].decode("utf-8", "replace")
    text = _decoded(value)
    if not _MARK.search(text):
        return field
    words = Header(" ".join(_MARK.sub("", text).split()), "utf-8", header_name="Subject").encode(linesep="\r\n")
    return field.partition(b":")[0] + b": " + words.encode("ascii", "replace") + b"\r\n"


def _fields(raw: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name in lower case, start and end of each field, its further lines included."""
    name, start, position, end = b"", 0, 0, _end(raw)
    while position < end:
        newline = raw.find(b"\n", position, end)
        following = end if newline < 0 else newline + 1
        match = _FIELD.match(raw, position, following)
        if raw[position : position + 1] not in (b" ", b"\t"):
            if name:
                yield name, start, position
            name, start = (match[1].lower() if match else b""), position
        position = following
    if name:
        yield name, start, end


def _end(raw: bytes) -> int:
    """Where the header block ends: after the line break of its last line."""
    if raw.startswith((b"\r\n", b"\n")):
        return 0
    found = [at + len(mark) for mark in (b"\n\r\n", b"\n\n") if (at := raw.find(mark)) >= 0]
    return min(found) - (2 if raw[min(found) - 2 : min(found)] == b"\r\n" else 1) if found else len(raw)


def _senders(raw: bytes, fields: "Message[str, str]") -> tuple[str, ...]:
    """The addresses of these fields. Programs read a repeated or unclear From or Sender differently, so that it counts as none."""
    names = [name for name, _, _ in _fields(raw)]
    if names.count(b"from") != 1 or names.count(b"sender") > 1 or len(raw_fields(fields, "from")) != 1:
        return ()
    values = [value for name in _SENDERS for value in raw_fields(fields, name)]
    found = [address for value in values for _, address in read_addresses([as_text(value)])]
    return tuple(found) if found and all("@" in address for address in found) else ()


def _people(fields: "Message[str, str]", name: str) -> tuple[tuple[str, str], ...]:
    found = read_addresses(as_text(value) for value in raw_fields(fields, name))
    return tuple((" ".join(_decoded(who).split()), address) for who, address in found if "@" in address)


def _first_id(fields: "Message[str, str]", name: str) -> str | None:
    found = _ID.search(_text(fields, name))
    return found[0] if found and len(found[0]) <= _LONGEST_ID else None


def _text(fields: "Message[str, str]", name: str) -> str:
    return " ".join(_decoded(raw_field(fields, name)).split())


def _decoded(value: str) -> str:
    """The text of a field with encoded words; never raises. Bytes that are no ASCII count as UTF-8."""
    plain = as_text(value)
    try:
        text = str(make_header(decode_header(plain)))
    except (MessageError, LookupError, UnicodeError, ValueError):
        text = plain
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable.encode("utf-8", "replace").decode("utf-8")
