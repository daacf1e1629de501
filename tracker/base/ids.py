"""Identifiers: opaque, sortable by birth, 32 hex digits; those of a workspace and a site have 16."""

import hashlib
import os
import secrets
import threading
import time

_AT_ONCE = 200
_TAIL = 16
"""Digits of an id's random half; its first two bits say which variant of UUID it is."""
_VARIANT = {digit: "89ab"[number % 4] for number, digit in enumerate("0123456789abcdef")}
_lock = threading.Lock()
_last_ms = 0
_counter = 0
_tails: list[str] = []


def _forget_tails() -> None:
    """A forked child must not hand out the same random bits as its parent."""
    _tails.clear()


os.register_at_fork(after_in_child=_forget_tails)


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as 32 hex digits; ids of one process sort in the order they were made."""
    global _last_ms, _counter  # noqa: PLW0603 - the counter of RFC 9562, method 1, is state of the process
    now = time.time_ns() // 1_000_000
    with _lock:
        if len(_tails) < 2:  # noqa: PLR2004 - one for the id, one to begin a millisecond's counter with
            _tails.extend(_fresh_tails())
        if now > _last_ms:
            _last_ms, _counter = now, int(_tails.pop()[-3:], 16) & 0x7FF
        else:
            _counter += 1
            if _counter > 0xFFF:  # noqa: PLR2004 - twelve bits, as the RFC has it
                _last_ms, _counter = _last_ms + 1, 0
        return f"{_last_ms:012x}7{_counter:03x}{_tails.pop()}"


def _fresh_tails() -> list[str]:
    """The random halves of many ids, for one system call."""
    digits = os.urandom(_AT_ONCE * _TAIL // 2).hex()
    return [_VARIANT[digits[start]] + digits[start + 1 : start + _TAIL] for start in range(0, len(digits), _TAIL)]


def short_id() -> str:
    """64 random bits as 16 hex digits: workspaces and site keys, which stand inside tokens."""
    return secrets.token_hex(8)


def id_of(*parts: str) -> str:
    """The same 32 hex digits for the same parts: ids that come from content, so that repeats are harmless."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()
