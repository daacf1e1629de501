"""Stretches of time that several records are asked for, rounded until many are the same: MongoDB plans each branch of an `$or`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

Stretch = tuple[datetime, datetime]

_STEP = timedelta(hours=1)
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def rounded(stretches: Mapping[str, Stretch]) -> dict[Stretch, list[str]]:
    """The keys by stretches of whole hours, each a little longer than what its keys were to have."""
    found: dict[Stretch, list[str]] = {}
    for key, (start, end) in stretches.items():
        found.setdefault((_hour(start), _hour(end) + _STEP), []).append(key)
    return found


def since(starts: Mapping[str, datetime]) -> dict[datetime, list[str]]:
    """The keys by starts at whole hours, each a little earlier than its keys were to have."""
    found: dict[datetime, list[str]] = {}
    for key, start in starts.items():
        found.setdefault(_hour(start), []).append(key)
    return found


def _hour(moment: datetime) -> datetime:
    return min(max(moment.astimezone(UTC), _FIRST), _LAST).replace(minute=0, second=0, microsecond=0)
