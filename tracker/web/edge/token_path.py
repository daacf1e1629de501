"""Token paths: reading a token out of a request path as it arrives, with what mail software appends to addresses."""

from collections.abc import Callable
from typing import TypeVar

from tracker.base.errors import BadToken
from tracker.links.keys import Keys

_APPENDED = (b"%27", b"'", b")", b"%29", b".", b">", b"%3E", b"%3e")
Claims = TypeVar("Claims")


def claims_of(verify: Callable[[Keys, bytes], Claims], keys: Keys, raw: bytes, suffix: bytes = b"") -> Claims:
    """The claims of a token in a raw path. Each of the characters that mail software appends is taken off at most once.

    Raises BadToken, with the reason of the text as it came.
    """
    try:
        return verify(keys, raw.removesuffix(suffix))
    except BadToken as error:
        first = error
    text, left = raw, list(_APPENDED)
    while (end := next((e for e in left if text.endswith(e)), None)) is not None:
        left.remove(end)
        text = text.removesuffix(end)
        try:
            return verify(keys, text.removesuffix(suffix))
        except BadToken:
            continue
    raise first
