"""Whether a rep can get a new lead at a moment. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tracker.base.time_zones import zone_of
from tracker.domain.team.rep import Rep


def is_away(rep: Rep, now: datetime, default_zone: str = "UTC") -> bool:
    """Whether the rep is out of office on this day, in the rep's time zone."""
    away = rep.out_of_office
    return away is not None and away.first <= now.astimezone(zone_of(rep.timezone, default_zone)).date() <= away.last


def is_there(rep: Rep, now: datetime, default_zone: str = "UTC") -> bool:
    """Whether the rep can sign in and is not out of office."""
    return rep.is_active and not is_away(rep, now, default_zone)


def those_there(reps: Iterable[str], known: Mapping[str, Rep], now: datetime, default_zone: str = "UTC") -> tuple[str, ...]:
    """Those of the reps that can get a lead, in the same order, each once."""
    return tuple(dict.fromkeys(rep for rep in reps if rep in known and is_there(known[rep], now, default_zone)))
