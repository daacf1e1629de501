"""When a digest is sent, and when a receiver's hours begin. Pure; all moments are aware. Called by `decide` beside it."""

from datetime import datetime, timedelta, tzinfo

from tracker.domain.alerting.preferences import AlertPreferences, DigestEvery
from tracker.domain.workspace.working_hours import WorkingHours
from tracker.rules.working_hours import is_open, next_day, next_open

_HOUR = timedelta(hours=1)
_MOMENT = timedelta(microseconds=1)
_EVERY_MORNING = WorkingHours(days=(0, 1, 2, 3, 4, 5, 6), start=8 * 60, end=24 * 60)
"""When a daily digest is sent to a receiver without hours."""


def next_digest(now: datetime, preferences: AlertPreferences, zone: tzinfo) -> datetime:
    """When the digest is sent that an alert of this moment belongs to: later than `now`, and in the receiver's hours or at their end."""
    if preferences.digest is DigestEvery.DAILY:
        hours = hours_of(preferences) or _EVERY_MORNING
        return next_day(now, hours, zone) if is_open(now, hours, zone) else next_open(now, hours, zone)
    at, wanted = _next_hour(now, zone), hours_of(preferences)
    if wanted is None or is_open(at - _MOMENT, wanted, zone):
        return at
    return next_open(at, wanted, zone)


def held_until(now: datetime, preferences: AlertPreferences, zone: tzinfo) -> datetime:
    """The moment itself in the receiver's hours, else their next begin."""
    hours = hours_of(preferences)
    return now if hours is None else next_open(now, hours, zone)


def hours_of(preferences: AlertPreferences) -> WorkingHours | None:
    """The hours in which alerts arrive; None: all."""
    return WorkingHours(days=preferences.days, start=preferences.start, end=preferences.end) if preferences.days else None


def _next_hour(now: datetime, zone: tzinfo) -> datetime:
    """The next moment at which the local clock shows a full hour, which is half past in UTC in some zones."""
    local = now.astimezone(zone)
    return now + _HOUR - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
