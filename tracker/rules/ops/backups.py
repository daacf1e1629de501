"""When the nightly backup is due, and which files it leaves. Pure; called by actions.ops.nightly_backup."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo

RETRY = timedelta(hours=1)
"""How long after a failed backup the next one is tried."""
_DAY = timedelta(days=1)
_PREFIX, _SUFFIX = "leadlight-", ".backup"


def last_due(now: datetime, at: str, zone: tzinfo) -> datetime | None:
    """The last moment at which a backup was due, in UTC like `now`; None if `at` is `off`.

    A time that the change to summer time skips is an hour later that night.
    """
    if at == "off":
        return None
    moment = time.fromisoformat(at)
    today = now.astimezone(zone).date()
    candidates = (datetime.combine(day, moment, zone).astimezone(now.tzinfo) for day in (today + _DAY, today, today - _DAY))
    return next(due for due in candidates if due <= now)


def is_due(now: datetime, due: datetime | None, *, since: datetime, made_at: datetime | None, failed_at: datetime | None) -> bool:
    """Whether to make a backup now. Nights before `since`, when the recovery key was made, do not count.

    A night without a backup, such as while the machine was off, is made up for.
    """
    if due is None or due <= max(since, made_at or since):
        return False
    return failed_at is None or now - failed_at >= RETRY


def file_name(now: datetime) -> str:
    """The name of a nightly backup, in the order of time."""
    return f"{_PREFIX}{now:%Y%m%dT%H%M%SZ}{_SUFFIX}"


def surplus(names: Iterable[str], keep: int) -> list[str]:
    """The oldest of the nightly backups beyond those that are kept. Other files are not touched."""
    own = sorted(name for name in names if name.startswith(_PREFIX) and name.endswith(_SUFFIX))
    return own[:-keep]
