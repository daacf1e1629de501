"""Time zones by name, and the countries in which they apply."""

from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(name: str | None, default: str = "UTC") -> ZoneInfo:
    """The time zone with this name, or the default zone where the name is empty; UTC for a name that is unknown."""
    try:
        return ZoneInfo(name or default)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def country_of_zone(name: str) -> str:
    """The ISO 3166 code of the country of this time zone; empty where it has none, such as UTC."""
    return _countries().get(name, "")


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {cell[2]: cell[0] for cell in cells}
