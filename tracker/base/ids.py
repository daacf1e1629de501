"""Identifiers: opaque, sortable by birth, 32 hex digits; those of a workspace and a site have 16."""

import hashlib
import os
import secrets
import threading
import time

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as 32 hex digits; ids of one process sort in the order they were made."""
    global _last_ms, _counter  # noqa: PLW0603 - the counter of RFC 9562, method 1, is state of the process
    now = time.time_ns() // 1_000_000
    with _lock:
        if now > _last_ms:
            _last_ms, _counter = now, int.from_bytes(os.urandom(2), "big") & 0x7FF
        else:
            _counter += 1
            if _counter > 0xFFF:
                _last_ms, _counter = _last_ms + 1, 0
        head = (_last_ms << 16) | 0x7000 | _counter
    tail = (int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    return f"{head:016x}{tail:016x}"


def short_id() -> str:
    """64 random bits as 16 hex digits: workspaces and site keys, which stand inside tokens."""
    return secrets.token_hex(8)


def id_of(*parts: str) -> str:
    """The same 32 hex digits for the same parts: ids that come from content, so that repeats are harmless."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()
