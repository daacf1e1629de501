"""When a queued message is tried: at first, again after a temporary failure, and on the next day above the daily limit. Pure."""

from datetime import datetime, timedelta, tzinfo

from tracker.domain.workspace.working_hours import WorkingHours
from tracker.rules.working_hours import next_open

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))
"""Between tries; the last one repeats."""
GIVEN_UP_AFTER = timedelta(days=3)


def first_try(now: datetime, send_at: datetime | None, *, waits: bool, hours: WorkingHours, zone: tzinfo) -> datetime:
    """At `send_at` or now; with `waits`, not before working hours."""
    wanted = max(send_at or now, now)
    return next_open(wanted, hours, zone) if waits else wanted


def next_try(tries: int, wanted_at: datetime, now: datetime) -> datetime | None:
    """After a temporary failure of the given number of tries; None if the message is given up."""
    due = now + PAUSES[min(max(tries, 1), len(PAUSES)) - 1]
    return due if due - wanted_at <= GIVEN_UP_AFTER else None
