"""When the weekly mail is due: on the morning of a person's local Monday, and after that until their day ends. Pure."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from tracker.base.ids import id_of

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240))
"""Waits between tries; the last one repeats."""
GIVE_UP_AFTER = timedelta(hours=24)
_MONDAY = 0
_WEEK = timedelta(days=7)
_FIRST_ZONE = timedelta(hours=14)
"""How long before that of UTC the first Monday begins, in Kiribati."""
_LAST = timedelta(days=2, hours=12) + GIVE_UP_AFTER
"""When, from its beginning in UTC, the Tuesday of the last zone is over, and the day in which a skipped mail is sent."""


def may_be_due(now: datetime) -> bool:
    """Whether a mail may be due in any time zone: it is Monday there, or someone has just skipped its end."""
    utc = now.astimezone(UTC)
    passed = timedelta(days=utc.weekday(), hours=utc.hour, minutes=utc.minute)
    return passed < _LAST or passed >= _WEEK - _FIRST_ZONE


def monday_of(now: datetime, zone: tzinfo, hour: int, since: datetime) -> date | None:
    """The local Monday for which a mail is due now, from this hour until midnight; None at all other times.

    Who is a rep only `since` a later moment of that Monday gets the first mail a week later.
    """
    local = now.astimezone(zone)
    if local.weekday() != _MONDAY or local.hour < hour:
        return None
    return local.date() if since < datetime.combine(local.date(), time(hour), zone) else None


def monday_left_behind(now: datetime, changed_at: datetime, former: tzinfo, zone: tzinfo) -> date | None:
    """The Monday that a person skipped by moving east, for whom its mail is due on arrival, for a day; None: none.

    It was not over by the former clock, and is by the one of the new zone.
    """
    before, after = changed_at.astimezone(former).date(), changed_at.astimezone(zone).date()
    monday = after - timedelta(days=1)
    return monday if monday.weekday() == _MONDAY and before <= monday and now - changed_at < GIVE_UP_AFTER else None


def week_name(monday: date) -> str:
    """The ISO week that begins on this day: `2026-W49`."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def monday_named(week: str) -> date:
    """The Monday of an ISO week."""
    return date.fromisoformat(f"{week}-1")


def weekly_mail_id(workspace: str, rep: str, week: str) -> str:
    """One id for each rep and week, so that a repeated run finds what was done."""
    return id_of(workspace, "weekly", rep, week)


def next_try(attempts: int, created_at: datetime, now: datetime) -> datetime | None:
    """When a mail that failed so many times is tried again; None a day after it was due."""
    due = now + RETRIES[min(max(attempts, 1), len(RETRIES)) - 1]
    return due if due - created_at <= GIVE_UP_AFTER else None
