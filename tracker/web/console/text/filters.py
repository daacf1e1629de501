"""Template filters for times, durations, pages and names, over pure functions."""

import hashlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from tracker.base.clock import from_ms, to_ms
from tracker.base.countries import name_of
from tracker.base.money import exact_money, typed_money
from tracker.base.time_zones import zone_of
from tracker.rules.page_names import page_name
from tracker.web.console.auth import deps, find_current_user

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_TINTS = 6
_PLAIN, _TICKS = Markup(""), Markup(" data-ago")


def install(app: Flask) -> None:
    """Registers the filters."""
    app.jinja_env.filters.update(
        ago=_ago_tag,
        clock=_clock_tag,
        day=lambda m: day_text(m, _zone(), deps().now()),
        duration=duration,
        initials=initials,
        tint=tint,
        plural=plural,
        when=_when_tag,
        country_name=name_of,
        ms=to_ms,
        exact_money=exact_money,
        typed_money=typed_money,
    )
    app.jinja_env.globals.update(page_name=page_name, ago_text=lambda m: ago(m, deps().now()))
    app.context_processor(lambda: {"now": deps().now()})


def ago(moment: datetime, now: datetime) -> str:
    """`just now`, `40 s ago`, `38 min ago`, `5 h ago`, `yesterday`, `12 days ago`."""
    seconds = int((now - moment).total_seconds())
    if seconds < 5:  # noqa: PLR2004 - reads better than seconds
        return "just now"
    if seconds < _MINUTE:
        return f"{seconds} s ago"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h ago"
    days = seconds // _DAY
    return "yesterday" if days == 1 else f"{days} days ago"


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """`14:03`."""
    return moment.astimezone(zone).strftime("%H:%M")


def day_text(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """`Today`, `Yesterday`, `12 Mar`, `12 Mar 2024`."""
    day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def duration(milliseconds: float) -> str:
    """`0:07`, `1:42`, `1:02:03`."""
    seconds = int(milliseconds // 1000)
    hours, rest = divmod(seconds, _HOUR)
    minutes, seconds = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def initials(name: str) -> str:
    """One or two letters of a name, for its avatar."""
    words = [w for w in name.replace("@", " ").split() if w[:1].isalnum()]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"


def tint(text: str) -> int:
    """The avatar's tint, 0 to 5, derived from the name."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=1).digest()[0] % _TINTS


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 lead`, `3 leads`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _zone() -> ZoneInfo:
    current_user = find_current_user()
    return zone_of(current_user.rep.timezone if current_user else "UTC")


def _moment(value: datetime | int) -> datetime:
    return from_ms(value) if isinstance(value, int) else value


def _time(moment: datetime, text: str, mark: Markup = _PLAIN) -> Markup:
    full = moment.astimezone(_zone()).strftime("%a %d %b %Y, %H:%M:%S")
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(moment.astimezone(UTC).isoformat(), full, mark, text)


def _ago_tag(value: datetime | int) -> Markup:
    moment = _moment(value)
    return _time(moment, ago(moment, deps().now()), _TICKS)


def _clock_tag(value: datetime | int) -> Markup:
    moment = _moment(value)
    return _time(moment, clock(moment, _zone()))


def _when_tag(value: datetime | int) -> Markup:
    moment = _moment(value)
    day = day_text(moment, _zone(), deps().now())
    time = clock(moment, _zone())
    return _time(moment, time if day == "Today" else f"{day}, {time}")
