"""The parts of a mail as ranges of its bytes. Reads strictly: what two programs could read differently is refused. Used by `mail`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")
_SINGLE = ("content-type", "content-transfer-encoding", "content-disposition")
_DEEPEST = 20
_MOST_PARTS = 1_000
_LONGEST_BOUNDARY = 200
_LONG = 4096


class Unreadable(Exception):
    """The structure of the mail is not certain."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its header block and its body as ranges of bytes. The header block ends before the empty line."""

    type: str
    header: tuple[int, int]
    body: tuple[int, int]
    fields: "Message[str, str]"
    children: tuple["Part", ...] = ()

    def walk(self) -> Iterator["Part"]:
        """The part itself and all parts below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def is_file(self) -> bool:
        """Whether programs show it as an attached file."""
        return self.fields.get_content_disposition() == "attachment" or self.fields.get_filename() is not None

    @property
    def transfer_encoding(self) -> str:
        """In lower case; `7bit` where none is given."""
        return str(self.fields.get("content-transfer-encoding", "7bit")).strip().lower()

    @property
    def charset(self) -> str:
        """In lower case; `us-ascii` where none is given."""
        return self.fields.get_content_charset("us-ascii")


def read_parts(raw: bytes) -> Part:
    """The tree of parts. Parts of attached messages are not in it. Raises Unreadable."""
    root = _part(raw, 0, len(raw), "text/plain", 0)
    parts = list(root.walk())
    if len(parts) > _MOST_PARTS or _shape(message_from_bytes(_without_files(raw, root), policy=compat32)) != [part.type for part in parts]:
        raise Unreadable("structure")
    return root


def _without_files(raw: bytes, root: Part) -> bytes:
    """The mail without the content of long parts that are no text: these have no delimiter line, and take the library most of its time."""
    pieces, position = [], 0
    for part in root.walk():
        start, end = part.body
        if not part.children and not part.type.startswith("text/") and end - start > _LONG:
            pieces.append(raw[position:start])
            position = end
    return b"".join((*pieces, raw[position:]))


def _part(raw: bytes, start: int, end: int, default_type: str, depth: int) -> Part:
    header_end, body = _header(raw, start, end)
    fields = BytesParser(policy=compat32).parsebytes(raw[start:header_end], headersonly=True)
    if any(len(fields.get_all(name, [])) > 1 for name in _SINGLE) or fields.defects or depth > _DEEPEST:
        raise Unreadable("header")
    fields.set_default_type(default_type)
    kind = fields.get_content_type()
    children: tuple[Part, ...] = ()
    if kind.startswith("multipart/"):
        inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        children = tuple(_part(raw, first, last, inner, depth + 1) for first, last in _bodies(raw, body, end, fields))
    return Part(kind, (start, header_end), (body, end), fields, children)


def _header(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block ends, and where the body begins."""
    position = start
    while position < end:
        newline = raw.find(b"\n", position, end)
        line_end = end if newline < 0 else newline + 1
        line = raw[position:line_end]
        if not line.strip(b"\r\n"):
            return position, line_end
        if not _HEADER.match(line) and (position == start or line[:1] not in b" \t"):
            raise Unreadable("header")
        position = line_end
    return end, end


def _bodies(raw: bytes, start: int, end: int, fields: "Message[str, str]") -> list[tuple[int, int]]:
    """The ranges between the delimiter lines."""
    boundary = fields.get_boundary()
    if not boundary or len(boundary) > _LONGEST_BOUNDARY or not boundary.isascii():
        raise Unreadable("boundary")
    line = re.compile(rb"(?:\A|(?<=\n))--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?:\r\n|\n|\Z)")
    found, begins = [], -1
    for match in line.finditer(raw[start:end]):
        if begins >= 0:
            last = start + match.start()
            last -= 2 if raw[last - 2 : last] == b"\r\n" else 1
            found.append((begins, max(begins, last)))
        begins = start + match.end()
        if match[1]:
            return found or _refuse()
    return _refuse()  # no closing delimiter


def _refuse() -> list[tuple[int, int]]:
    raise Unreadable("boundary")


def _shape(mail: "Message[str, str]") -> list[str]:
    """The types of all parts as the standard library reads them. Raises Unreadable where it found a defect."""
    if mail.defects:
        raise Unreadable("structure")
    kinds = [mail.get_content_type()]
    if mail.get_content_maintype() == "multipart":
        for part in mail.get_payload():
            if not isinstance(part, Message):
                raise Unreadable("structure")
            kinds += _shape(part)
    return kinds
