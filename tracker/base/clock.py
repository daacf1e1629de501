"""The system clock. All other code receives a `Clock`, so tests can set the time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Clock = Callable[[], datetime]
"""Returns the current time, timezone-aware, in UTC."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """The current time, truncated to milliseconds, the precision of the store."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@lru_cache(maxsize=4096)
def from_ms(milliseconds: int) -> datetime:
    """The exact time that many milliseconds after the epoch."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch of a timezone-aware time."""
    return round(moment.timestamp() * 1000)
