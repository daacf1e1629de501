"""What must hold for every mail, whatever is in it. A check raises AssertionError, or whatever the code raises."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from html.parser import HTMLParser

from tests.fuzz.mails import random_bytes, random_html
from tracker.base.errors import Invalid
from tracker.links.pixel import insert_pixel
from tracker.links.rewrite import rewrite
from tracker.mail.inbound.reader import read_mail as read_inbound
from tracker.mail.splice.encodings import Inexact
from tracker.mail.splice.headers import passed_on, read_header
from tracker.mail.splice.mail import Mail, read_mail

_EDGE = "https://go.acme.example"
_NOW = datetime(2026, 10, 5, 10, tzinfo=UTC)
_MAY_CHANGE = re.compile(rb"(?im)^(?:subject|bcc|resent-bcc|x-leadlight-track)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)")
_NOT_PASSED_ON = re.compile(rb"(?im)^(?:bcc|resent-bcc|x-leadlight-track)[ \t]*:")


def check_splice(raw: bytes) -> None:
    """With the HTML unchanged the mail is the same; with other HTML, every byte outside HTML parts and their encoding is."""
    mail = read_mail(raw)
    if mail.unchanged is not None:
        return
    assert mail.with_htmls(mail.htmls) == raw, "changed without need"
    tracked = [_tracked(html)[0] for html in mail.htmls]
    new = [insert_pixel(html, f"{_EDGE}/o/T.gif") or html for html in tracked]
    try:
        made = mail.with_htmls(new)
    except Inexact:
        return
    assert _in_order(_foreign(mail), made), "a foreign byte changed"
    assert _tree(made) == _tree(raw), "another tree of parts"


def check_headers(raw: bytes) -> None:
    """Only the fields that are not passed on are missing, and the mark in the subject."""
    header, made = read_header(raw), passed_on(raw)
    assert isinstance(header.subject, str)
    body = raw.partition(b"\r\n\r\n")[2]
    if raw.startswith(b"\r\n"):
        assert made == raw
        return
    assert made.endswith(body), "the body changed"
    made_head = made[: len(made) - len(body)]
    assert not _NOT_PASSED_ON.search(made_head), "a field was passed on"
    assert _MAY_CHANGE.sub(b"", made_head) == _MAY_CHANGE.sub(b"", raw[: len(raw) - len(body)]), "a field changed"


def check_rewrite(html: str) -> None:
    """Tags, texts and attributes stay, but for addresses of links."""
    for merge_tags in (True, False):
        made, _ = _tracked(html, merge_tags=merge_tags)
        old, new = _events(html), _events(made)
        if old is not None and new is not None:
            assert old == new, "something else changed"


def check_inbound(raw: bytes) -> None:
    """The reader of received mail never raises, and its texts can be stored."""
    found = read_inbound(raw, _NOW)
    for text in (found.text, found.subject, found.sender, found.sender_name, found.original_subject):
        text.encode()


def _bytes(check: Callable[[bytes], None]) -> Callable[[random.Random], tuple[Callable[[], None], bytes]]:
    def drawn(chance: random.Random) -> tuple[Callable[[], None], bytes]:
        raw = random_bytes(chance)
        return (lambda: check(raw)), raw

    return drawn


def _html(chance: random.Random) -> tuple[Callable[[], None], bytes]:
    html = random_html(chance)
    return (lambda: check_rewrite(html)), html.encode("utf-8", "surrogatepass")


CHECKS = {"splice": _bytes(check_splice), "headers": _bytes(check_headers), "rewrite": _html, "inbound": _bytes(check_inbound)}
"""By name: draws an input, and gives the check of it and its bytes."""


def _tracked(html: str, *, merge_tags: bool = False) -> tuple[str, object]:
    try:
        return rewrite(html, lambda index, _url: f"{_EDGE}/c/T{index}", merge_tags=merge_tags)
    except Invalid:
        return html, ()


def _foreign(mail: Mail) -> list[bytes]:
    """The bytes between the header blocks and bodies of HTML parts."""
    pieces, position = [], 0
    for leaf in mail._leaves:
        for start, end in (leaf.header, leaf.body):
            pieces.append(mail.raw[position:start])
            position = end
    return [*pieces, mail.raw[position:]]


def _in_order(pieces: list[bytes], made: bytes) -> bool:
    position = 0
    for piece in pieces:
        position = made.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return made.startswith(pieces[0]) and made.endswith(pieces[-1])


def _tree(raw: bytes) -> list[tuple[str, bytes]]:
    parts = []
    for part in message_from_bytes(raw).walk():
        is_html = part.get_content_type() == "text/html" and part.get_filename() is None
        content = part.get_payload(decode=True) if not part.is_multipart() and not is_html else b""
        parts.append((part.get_content_type(), content if isinstance(content, bytes) else b""))
    return parts


class _Events(HTMLParser):
    """What the standard library reads: tags with attributes, texts, comments; tracked addresses and those they replaced left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [(name, None if name == "href" else value) for name, value in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def _events(html: str) -> list[object] | None:
    parser = _Events()
    try:
        parser.feed(html)
        parser.close()
    except (AssertionError, ValueError):
        return None  # the standard library gives up on some declarations
    return parser.found
