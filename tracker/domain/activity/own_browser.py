"""The rep's own browser: the ids that landing tokens of *Mark this browser* name instead of a click. Made by the edge, read by rules.

Such an id carries the time of the mark, or of its removal, and is no event: what a rep does to mark a browser is not stored, only the
claim of the browser that presents the token.
"""

from datetime import UTC, datetime, timedelta

OWN = "own"
"""The sign of a request that carries the signed mark of a rep of its workspace."""
REP_ADDRESS = "rep_address"
"""The sign of an open or click from a network address from which a rep used the console."""

_MARK, _REMOVAL = b"own-mark".hex(), b"own-free".hex()
"""As the time of a UUIDv7 they are in the year 5853, so that no event has such an id."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = 12
"""Hex digits of the time in milliseconds."""


def mark_id(at_ms: int, salt: bytes, *, is_removal: bool = False) -> str:
    """The id for a mark at that time, or for its removal; `salt` is two random bytes."""
    return f"{_REMOVAL if is_removal else _MARK}{at_ms:0{_TIME}x}{salt.hex()}"


def marked_at(click: str) -> datetime | None:
    """When the mark was made that this id names; None for the id of a click."""
    return _time_of(click, _MARK)


def unmarked_at(click: str) -> datetime | None:
    """When the mark was removed, if this id names that; None for every other id."""
    return _time_of(click, _REMOVAL)


def _time_of(click: str, prefix: str) -> datetime | None:
    if not click.startswith(prefix):
        return None
    return _EPOCH + timedelta(milliseconds=int(click[len(prefix) : len(prefix) + _TIME], 16))
