"""Cursors of lists in order of time: a moment and an id, opaque to the caller."""

import re
from datetime import datetime

from tracker.base.clock import from_ms, to_ms
from tracker.base.errors import Invalid

_CURSOR = re.compile(r"([0-9]{1,14})-([0-9a-f]{32})")


def write_moment(at: datetime, record: str) -> str:
    """The cursor behind this record."""
    return f"{to_ms(at)}-{record}"


def read_moment(cursor: str | None) -> tuple[datetime, str] | None:
    """Where to go on. Raises Invalid for what is no cursor of ours."""
    if not cursor:
        return None
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise Invalid("cursor", "this is not a cursor of this list; start again without one")
    return from_ms(int(found[1])), found[2]
