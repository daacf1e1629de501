"""Dates and times in the cells of imported files, as people, products and spreadsheets write them. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.rules.imports.cells import SCIENTIFIC, whole

_SECONDS_DIGITS, _MILLIS_DIGITS = 10, 13
_TWELVE = 12
_FIRST_SERIAL, _LAST_SERIAL = 25_569, 73_050
"""Days of spreadsheets from 1970 to 2099."""
_EPOCH = date(1899, 12, 30)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier januari enero ene gennaio gen janeiro janv",
            "feb february februar fevrier février februari febrero febbraio fevereiro fev févr fevr",
            "mar march marz märz mrz maart mars marzo março marco",
            "apr april avril abril abr aprile avr",
            "may mai mei mayo maggio mag maio",
            "jun june juni juin junio giugno giu junho",
            "jul july juli juillet julio luglio lug julho juil",
            "aug august augustus aout août agosto ago",
            "sep sept september septembre septiembre settembre set setembro",
            "oct october okt oktober octobre octubre ottobre ott outubro out",
            "nov november novembre noviembre novembro",
            "dec december dez dezember decembre décembre diciembre dic dicembre dezembro déc",
        ),
        start=1,
    )
    for name in names.split()
}
_NUMERIC = re.compile(r"(\d{1,2})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})(?:[ ,T]+(.+))?")
_NAMED = re.compile(r"(\d{1,2})[.\s-]+(?:de\s+)?([^\W\d]{3,})\.?[\s,-]+(?:de\s+)?(\d{4})(?:[ ,T]+(.+))?")
_NAMED_FIRST = re.compile(r"([^\W\d]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:[ ,T]+(.+))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*([ap])?\.?(?:m\.?)?(?:\s*(?:uhr|utc|gmt|z))?", re.IGNORECASE)


def order_of(text: str) -> str | None:
    """What a date in digits names first, `day` or `month`; None if it fits both, empty for any other text and where both are equal."""
    found = _NUMERIC.fullmatch(text.strip())
    if found is None:
        return ""
    first, second = int(found[1]), int(found[3])
    if found[2] == ".":
        return "day"
    if second > _TWELVE >= first:
        return "month"
    if first > _TWELVE >= second:
        return "day"
    return "" if first == second or max(first, second) > _TWELVE else None


def moment(text: str, zone: ZoneInfo, *, month_first: bool | None = None, at: time = time(0)) -> datetime | None:
    """The time that a cell names, in UTC; `at` is the time of a mere date, in the zone. None for any other text."""
    text = text.strip()
    try:
        return _iso(text, zone, at) or _number(text, zone, at) or _written(text, zone, at, month_first=bool(month_first))
    except (ValueError, OverflowError):
        return None


def _iso(text: str, zone: ZoneInfo, at: time) -> datetime | None:
    plain = re.sub(r"\s*(?:UTC|GMT)$", "+00:00", text)
    plain = re.sub(r"\s+([+-]\d{2}:?\d{2})$", r"\1", plain)
    plain = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", plain)
    if not re.match(r"\d{4}-\d{2}-\d{2}", plain):
        return None
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        return None
    if len(plain) <= len("2027-03-01"):
        found = datetime.combine(found.date(), at)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _number(text: str, zone: ZoneInfo, at: time) -> datetime | None:
    """Days of a spreadsheet, or seconds or milliseconds since 1970."""
    if found := SCIENTIFIC.fullmatch(text):
        text = whole(found) or text
    if text.isdecimal() and len(text) in (_SECONDS_DIGITS, _MILLIS_DIGITS):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == _MILLIS_DIGITS else 1), UTC)
    if not re.fullmatch(r"\d{5}(?:[.,]\d+)?", text):
        return None
    days = float(text.replace(",", "."))
    if not _FIRST_SERIAL <= days <= _LAST_SERIAL:
        return None
    day = _EPOCH + timedelta(days=int(days))
    seconds = round((days % 1) * 86_400)
    clock = time(seconds // 3600 % 24, seconds // 60 % 60, seconds % 60) if seconds else at
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _written(text: str, zone: ZoneInfo, at: time, *, month_first: bool) -> datetime | None:
    if found := _NUMERIC.fullmatch(text):
        day, month = (int(found[3]), int(found[1])) if month_first and found[2] != "." else (int(found[1]), int(found[3]))
        year, rest = int(found[4]), found[5]
    elif found := _NAMED.fullmatch(text):
        day, month, year, rest = (
            int(found[1]),
            _MONTHS.get(found[2].casefold(), 0),
            int(found[3]),
            found[4],
        )
    elif found := _NAMED_FIRST.fullmatch(text):
        day, month, year, rest = int(found[2]), _MONTHS.get(found[1].casefold(), 0), int(found[3]), found[4]
    else:
        return None
    year += 0 if year > 99 else 2000 if year < 70 else 1900  # noqa: PLR2004 - two digits, as spreadsheets read them
    clock = _clock(rest) if rest else at
    return datetime.combine(date(year, month, day), clock, zone).astimezone(UTC) if clock is not None else None


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, half = int(found[1]), (found[4] or "").casefold()
    hour = hour % _TWELVE + (_TWELVE if half == "p" else 0) if half else hour
    return time(hour, int(found[2]), int(found[3] or 0))
