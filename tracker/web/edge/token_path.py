"""Token paths: finds the token at the start of a request path's segment. What mail software and web sites append to a link is ignored."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from tracker.base.errors import BadToken
from tracker.links.keys import Keys
from tracker.links.tokens import leading_token

Claims = TypeVar("Claims")


def parse_token(verify: Callable[[Keys, bytes], Claims], keys: Keys, raw: bytes, suffix: bytes = b"") -> tuple[Claims, bool]:
    """The claims of the token in a raw path, and whether it was *repaired*: read only without what follows it, or after decoding.

    Raises BadToken, with the reason for the unchanged text.
    """
    whole = raw.removesuffix(suffix)
    try:
        return verify(keys, whole), False
    except BadToken as error:
        first = error
    for text in (raw, unquote_to_bytes(raw) if b"%" in raw else raw):
        token = leading_token(text)
        if token and token != whole:
            try:
                return verify(keys, token), True
            except BadToken:
                continue
    raise first
