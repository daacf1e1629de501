"""Time ranges, one for each key, grouped by whole hours: MongoDB plans each branch of an `$or`, so that few branches are faster."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

TimeRange = tuple[datetime, datetime]

_STEP = timedelta(hours=1)
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def group_by_range(ranges: Mapping[str, TimeRange]) -> dict[TimeRange, list[str]]:
    """The keys by ranges of whole hours, each of which contains the ranges of its keys."""
    found: dict[TimeRange, list[str]] = {}
    for key, (start, end) in ranges.items():
        found.setdefault((_hour(start), _hour(end) + _STEP), []).append(key)
    return found


def group_by_start(starts: Mapping[str, datetime]) -> dict[datetime, list[str]]:
    """The keys by whole hours, each at or before the starts of its keys."""
    found: dict[datetime, list[str]] = {}
    for key, start in starts.items():
        found.setdefault(_hour(start), []).append(key)
    return found


def _hour(moment: datetime) -> datetime:
    return min(max(moment.astimezone(UTC), _FIRST), _LAST).replace(minute=0, second=0, microsecond=0)
