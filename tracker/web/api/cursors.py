"""Cursors of lists ordered by time: a timestamp and an id, opaque to the client."""

import re
from datetime import datetime

from tracker.base.clock import from_ms, to_ms
from tracker.base.errors import Invalid

_CURSOR = re.compile(r"([0-9]{1,14})-([0-9a-f]{32})")


def format_cursor(at: datetime, record: str) -> str:
    """The cursor after this record."""
    return f"{to_ms(at)}-{record}"


def parse_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """The position of a cursor. Raises Invalid for a malformed cursor."""
    if not cursor:
        return None
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise Invalid("cursor", "is not a cursor of this list")
    return from_ms(int(found[1])), found[2]
