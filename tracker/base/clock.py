"""The clock: the only place that asks the machine what time it is. Everything else is handed a `Clock`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Clock = Callable[[], datetime]
"""Returns the present moment, aware, in UTC."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """The real clock, cut to milliseconds, since that is what the store keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@lru_cache(maxsize=4096)
def from_ms(milliseconds: int) -> datetime:
    """The moment that many milliseconds after the epoch, exactly."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch of an aware moment."""
    return round(moment.timestamp() * 1000)
