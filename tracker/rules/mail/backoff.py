"""When something that failed is tried again: after 1, 5 and 30 minutes, each hour of the first day, each day of the first week. Pure."""

from datetime import datetime, timedelta

_FIRST = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def next_attempt(first_at: datetime, tries: int, now: datetime) -> datetime | None:
    """When to try again after so many failures, the first of them then; None: no more by itself."""
    age = now - first_at
    if tries <= len(_FIRST):
        return now + _FIRST[max(tries, 1) - 1]
    if age >= _WEEK:
        return None
    return now + (timedelta(hours=1) if age < _DAY else _DAY)
