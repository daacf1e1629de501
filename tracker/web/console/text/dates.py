"""Moments that need more words than a clock: day headings, due times, the lead's own time. Pure; beside wording.py's filters."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_WEEK_DAYS = 7
_NEAR = {0: "today", 1: "tomorrow", -1: "yesterday"}


def known_zone(name: str | None) -> tzinfo | None:
    """The zone of that name, or nothing."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def heading(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """`Today`, `Yesterday`, `Thursday 12 November`, and with the year where it is another."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    ahead = (local.date() - today.date()).days
    if ahead in _NEAR:
        return _NEAR[ahead].capitalize()
    year = f" {local.year}" if local.year != today.year else ""
    return f"{local:%A} {local.day} {local:%B}{year}"


def due(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """When something is to be done: `today 14:00`, `tomorrow`, `in 3 days`, `2 days late`; midnight means the whole day."""
    local = moment.astimezone(zone)
    ahead = (local.date() - now.astimezone(zone).date()).days
    if ahead in _NEAR:
        return _NEAR[ahead] + (f" {local:%H:%M}" if _has_hour(local) and ahead >= 0 else "")
    if ahead < 0:
        return f"{-ahead} days late"
    return f"in {ahead} days" if ahead < _WEEK_DAYS else f"{local.day} {local:%b}" + (f" {local.year}" if local.year != now.year else "")


def is_late(moment: datetime, zone: tzinfo, now: datetime) -> bool:
    """Whether a due moment has passed; one at midnight is late only when its day is over."""
    local = moment.astimezone(zone)
    return moment < now if _has_hour(local) else local.date() < now.astimezone(zone).date()


def local_clock(zone_name: str | None, now: datetime) -> str | None:
    """The lead's own time, `15:04`; nothing where the zone is unknown."""
    zone = known_zone(zone_name)
    return f"{now.astimezone(zone):%H:%M}" if zone else None


def parse_due(text: str, zone: tzinfo) -> datetime | None:
    """What a date (or date and time) field holds, as a moment in the rep's zone. Raises ValueError for anything else."""
    if not text.strip():
        return None
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def field_date(moment: datetime | None, zone: tzinfo) -> str:
    """The value that a date field shows for a moment."""
    return f"{moment.astimezone(zone):%Y-%m-%d}" if moment else ""


def _has_hour(local: datetime) -> bool:
    return (local.hour, local.minute) != (0, 0)
