"""Withdrawn ids: messages, share links, visitors and clicks whose use is no longer recorded. Used by edge, drain and actions."""

import hashlib
from enum import StrEnum

HASH_BYTES = 16


class WithdrawnKind(StrEnum):
    """What the id names."""

    MESSAGE = "message"
    SHARE = "share"
    VISITOR = "visitor"
    CLICK = "click"
    """A click whose landing token a browser may still present."""


def withdrawn_hash(workspace: str, kind: WithdrawnKind, record: str) -> bytes:
    """The hash under which the id is listed: BLAKE2b of `workspace:kind:id`, 16 bytes.

    It has no key: ids are random, so that nothing can be guessed from a hash, and the list must stay valid when keys rotate.
    """
    return hashlib.blake2b(f"{workspace}:{kind.value}:{record}".encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest()
