"""Token paths: parses the token in a request path, and ignores characters that mail software appends to links."""

from collections.abc import Callable
from typing import TypeVar

from tracker.base.errors import BadToken
from tracker.links.keys import Keys

_APPENDED = (b"%27", b"'", b")", b"%29", b".", b">", b"%3E", b"%3e")
Claims = TypeVar("Claims")


def parse_token(verify: Callable[[Keys, bytes], Claims], keys: Keys, raw: bytes, suffix: bytes = b"") -> tuple[Claims, bool]:
    """The claims of the token in a raw path, and whether appended characters had to be removed to read it (it was *repaired*).

    Each of the characters that mail software appends is removed at most once. Raises BadToken, with the reason for the unchanged text.
    """
    try:
        return verify(keys, raw.removesuffix(suffix)), False
    except BadToken as error:
        first = error
    text, left = raw, list(_APPENDED)
    while (end := next((e for e in left if text.endswith(e)), None)) is not None:
        left.remove(end)
        text = text.removesuffix(end)
        try:
            return verify(keys, text.removesuffix(suffix)), True
        except BadToken:
            continue
    raise first
