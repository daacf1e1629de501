"""Parts, texts and headers of a received mail, decoded within limits."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tracker.base.mail_addresses import read_addresses
from tracker.mail.inbound.quotes import quoted_text
from tracker.mail.raw_fields import as_text, raw_field

if TYPE_CHECKING:
    Mail = Message[str, str]
else:
    Mail = Message

LARGEST_READ = 2 * 2**20
"""Bytes of a mail that are read; what follows is cut off, such as a returned attachment."""
_LARGEST_TEXT = 200_000
_MOST_PARTS = 100
_MOST_DEPTH = 10
_LONGEST_ID = 900
_MOST_IDS = 40
_ID = re.compile(r"<[^\s<>@]{1,500}@[^\s<>@]{1,400}>")
_LINE_END = re.compile(r"\r\n?|\n")
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


def parse(raw: bytes) -> Mail:
    """The mail's tree; anything is a mail. Of one that is nested too deep, only its header."""
    try:
        return BytesParser(policy=compat32).parsebytes(raw[:LARGEST_READ])
    except (RecursionError, ValueError, TypeError):
        return BytesParser(policy=compat32).parsebytes(raw[:LARGEST_READ].partition(b"\n\n")[0][:100_000], headersonly=True)


def header(mail: Mail, name: str, longest: int = 500) -> str:
    """The decoded field as one printable line; empty where it is missing."""
    return printable(decoded(raw_field(mail, name)[: longest * 4]), longest)


def printable(text: str, longest: int) -> str:
    """One line without control and direction characters."""
    line = " ".join(text[: longest * 4].split())
    kept = "".join(c if c.isprintable() else " " for c in line if c not in _INVISIBLE)
    return " ".join(kept.split()).encode("utf-8", "replace").decode("utf-8")[:longest].strip()


def decoded(value: str) -> str:
    """The text of a field with encoded words; bytes that are no ASCII count as UTF-8."""
    plain = as_text(value)
    try:
        return str(make_header(decode_header(plain)))
    except (MessageError, LookupError, UnicodeError, ValueError, TypeError):
        return plain


def address(mail: Mail, name: str) -> tuple[str, str]:
    """Display name and address of the first mailbox of a field; empty ones where there is none."""
    value = raw_field(mail, name)[:2000]
    found = next(((who, where) for who, where in read_addresses([value]) if "@" in where), ("", ""))
    return printable(decoded(found[0]), 200), printable(found[1], 254)


def ids(mail: Mail, *names: str) -> tuple[str, ...]:
    """The Message-IDs of these fields, the last of each field first: the nearest mail of a conversation stands last."""
    found = [one for name in names for one in reversed(_ID.findall(str(mail.get(name, ""))[-20_000:])) if len(one) <= _LONGEST_ID]
    return tuple(dict.fromkeys(found))[:_MOST_IDS]


def date_of(mail: Mail) -> datetime | None:
    """The Date field in UTC."""
    try:
        found = parsedate_to_datetime(str(mail.get("date", ""))[:100])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def leaves(mail: Mail) -> Iterator[Mail]:
    """The parts that hold no parts, in order. A mail inside the mail is one part and is not entered."""
    waiting, count = [(mail, 0)], 0
    while waiting and count < _MOST_PARTS:
        part, depth = waiting.pop()
        count += 1
        children = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(children, list) and depth < _MOST_DEPTH:
            waiting += [(child, depth + 1) for child in reversed(children[:_MOST_PARTS]) if isinstance(child, Message)]
        else:
            yield part


def text_in(part: Mail) -> str:
    """The text of a text part, decoded."""
    try:
        content = part.get_payload(decode=True)
    except (MessageError, ValueError, TypeError):
        return ""
    if not isinstance(content, bytes):
        return ""
    content = content[: _LARGEST_TEXT * 2]
    try:
        text = content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, UnicodeError, ValueError):
        text = content.decode("utf-8", "replace")
    return _LINE_END.sub("\n", text[:_LARGEST_TEXT].replace("\0", ""))


def body(mail: Mail) -> tuple[str, str]:
    """The text of the mail, and its HTML; either may be empty. Attached texts do not count."""
    plain, html = "", ""
    for part in leaves(mail):
        if (part.get_content_disposition() or "").lower() == "attachment":
            continue
        is_broken = part.get_content_maintype() == "multipart"  # without parts: its boundary is wrong
        if (part.get_content_type() == "text/plain" or is_broken) and not plain:
            plain = text_in(part)
        elif part.get_content_type() == "text/html" and not html:
            html = text_in(part)
    return plain, html


def plain_text(mail: Mail) -> str:
    """The text of the mail, or what its HTML says."""
    plain, html = body(mail)
    if plain.strip() or not html:
        return plain
    try:
        return quoted_text(html)
    except (AssertionError, ValueError, RecursionError):  # of the standard library's parser, by broken declarations
        return ""
