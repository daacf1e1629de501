"""Dates in words: day headings, due times, the lead's local time. Pure."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracker.domain.leads.lead import Lead

_WEEK_DAYS = 7
_NEAR = {0: "today", 1: "tomorrow", -1: "yesterday"}


def known_zone(name: str | None) -> tzinfo | None:
    """The zone of that name, or None."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def heading(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """`Today`, `Yesterday`, `Thursday 12 November`, with the year if it is not the current one."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    ahead = (local.date() - today.date()).days
    if ahead in _NEAR:
        return _NEAR[ahead].capitalize()
    year = f" {local.year}" if local.year != today.year else ""
    return f"{local:%A} {local.day} {local:%B}{year}"


def due(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """A due time: `today 14:00`, `tomorrow`, `in 3 days`, `2 days overdue`; midnight means the whole day."""
    local = moment.astimezone(zone)
    ahead = (local.date() - now.astimezone(zone).date()).days
    if ahead in _NEAR:
        return _NEAR[ahead] + (f" {local:%H:%M}" if _has_hour(local) and ahead >= 0 else "")
    if ahead < 0:
        return f"{-ahead} days overdue"
    return f"in {ahead} days" if ahead < _WEEK_DAYS else f"{local.day} {local:%b}" + (f" {local.year}" if local.year != now.year else "")


def is_overdue(moment: datetime, zone: tzinfo, now: datetime) -> bool:
    """Whether a due time has passed. Midnight stands for the whole day, so it is overdue the next day."""
    local = moment.astimezone(zone)
    return moment < now if _has_hour(local) else local.date() < now.astimezone(zone).date()


def local_clock(zone_name: str | None, now: datetime) -> str | None:
    """The lead's local time, `15:04`, or None for an unknown zone."""
    zone = known_zone(zone_name)
    return f"{now.astimezone(zone):%H:%M}" if zone else None


def parse_due(text: str, zone: tzinfo) -> datetime | None:
    """Parses a date or date-time field in the rep's zone; None if empty. Raises ValueError."""
    if not text.strip():
        return None
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def field_date(moment: datetime | None, zone: tzinfo) -> str:
    """The value of a date field, or an empty string."""
    return f"{moment.astimezone(zone):%Y-%m-%d}" if moment else ""


def field_moment(moment: datetime | None, zone: tzinfo) -> str:
    """The value of a date and time field, or an empty string."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""


def _has_hour(local: datetime) -> bool:
    return (local.hour, local.minute) != (0, 0)


def day_of_lead(lead: Lead, now: datetime, zone: tzinfo) -> dict[str, str | bool | None]:
    """The lead's time, and whether the lead is known to be away."""
    is_away = lead.away_until is not None and lead.away_until >= now.astimezone(zone).date()
    return {"local_time": local_clock(lead.timezone, now), "is_away": is_away}
