"""Identifiers: opaque, sortable by birth, 32 hex digits; those of a workspace and a site have 16."""

import hashlib
import os
import secrets
import threading
import time

_RANDOM_BYTES = 10
_lock = threading.Lock()
_last_ms = 0
_counter = 0
_random = memoryview(b"")


def _forget_random() -> None:
    """A forked child must not hand out the same random bytes as its parent."""
    global _random  # noqa: PLW0603 - see above
    _random = memoryview(b"")


os.register_at_fork(after_in_child=_forget_random)


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as 32 hex digits; ids of one process sort in the order they were made."""
    global _last_ms, _counter, _random  # noqa: PLW0603 - the counter of RFC 9562, method 1, is state of the process
    now = time.time_ns() // 1_000_000
    with _lock:
        if len(_random) < _RANDOM_BYTES:
            _random = memoryview(os.urandom(_RANDOM_BYTES * 200))  # one system call for two hundred ids
        fresh, _random = _random[:_RANDOM_BYTES], _random[_RANDOM_BYTES:]
        if now > _last_ms:
            _last_ms, _counter = now, int.from_bytes(fresh[8:], "big") & 0x7FF
        else:
            _counter += 1
            if _counter > 0xFFF:  # noqa: PLR2004 - twelve bits, as the RFC has it
                _last_ms, _counter = _last_ms + 1, 0
        head = (_last_ms << 16) | 0x7000 | _counter
    tail = (int.from_bytes(fresh[:8], "big") & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    return f"{head:016x}{tail:016x}"


def short_id() -> str:
    """64 random bits as 16 hex digits: workspaces and site keys, which stand inside tokens."""
    return secrets.token_hex(8)


def id_of(*parts: str) -> str:
    """The same 32 hex digits for the same parts: ids that come from content, so that repeats are harmless."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()
