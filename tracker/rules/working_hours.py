"""Working hours: whether a moment is in them, when they begin next, and how much of a span they cover. Pure.

Used for scheduled mail and the clock of inquiries. All moments are aware; times of day are those of the given zone, so that a day has 23 or 25 hours where clocks
change. Holidays are not known.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from tracker.domain.workspace.working_hours import WorkingHours

_DAY = timedelta(days=1)
_MINUTES = 24 * 60
_LONGEST_WAIT = 16
"""Days to look ahead: each week has a working day, but a change of the clocks may skip its span."""


def is_open(moment: datetime, hours: WorkingHours, zone: tzinfo) -> bool:
    """Whether the moment is in working hours; their end is not."""
    opens, closes = _span(moment.astimezone(zone).date(), hours, zone)
    return opens <= moment < closes


def next_open(moment: datetime, hours: WorkingHours, zone: tzinfo) -> datetime:
    """The moment itself if it is in working hours, else their next begin."""
    day = moment.astimezone(zone).date()
    for _ in range(_LONGEST_WAIT):
        opens, closes = _span(day, hours, zone)
        if (found := max(moment, opens)) < closes:
            return found
        day += _DAY
    return moment


def next_day(moment: datetime, hours: WorkingHours, zone: tzinfo) -> datetime:
    """The first begin of working hours on a later day."""
    return next_open(start_of_day(moment, zone, days=1), hours, zone)


def start_of_day(moment: datetime, zone: tzinfo, *, days: int = 0) -> datetime:
    """Midnight of the moment's day in the zone, or so many days later."""
    return _at(moment.astimezone(zone).date() + days * _DAY, 0, zone)


def business_minutes(start: datetime, end: datetime, hours: WorkingHours, zone: tzinfo) -> int:
    """Whole minutes of working hours between two moments; 0 if `end` is not after `start`."""
    return int(open_time(start, end, hours, zone) / timedelta(minutes=1))


def open_time(start: datetime, end: datetime, hours: WorkingHours, zone: tzinfo) -> timedelta:
    """The working hours between two moments; none if `end` is not after `start`."""
    total, day, last = timedelta(), start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        opens, closes = _span(day, hours, zone)
        total += max(min(end, closes) - max(start, opens), timedelta())
        day += _DAY
    return total


def after_open_time(start: datetime, span: timedelta, hours: WorkingHours, zone: tzinfo) -> datetime:
    """The moment at which so much working time has passed since `start`; of no span, when they are next open."""
    rest, day = span, start.astimezone(zone).date()
    for _ in range(_LONGEST_WAIT + span // timedelta(minutes=1)):
        opens, closes = _span(day, hours, zone)
        begin = max(start, opens)
        if begin < closes and begin + rest <= closes:
            return begin + rest
        rest -= max(closes - begin, timedelta())
        day += _DAY
    return start + span


def _span(day: date, hours: WorkingHours, zone: tzinfo) -> tuple[datetime, datetime]:
    """Begin and end on that day in UTC; equal where it is no working day."""
    opens = _at(day, hours.start, zone)
    return opens, _at(day, hours.end, zone) if day.weekday() in hours.days else opens


def _at(day: date, minutes: int, zone: tzinfo) -> datetime:
    """UTC, because differences of moments in one zone ignore changes of its clocks."""
    whole, rest = divmod(minutes, _MINUTES)
    local = datetime.combine(day + whole * _DAY, time(rest // 60, rest % 60), zone)
    return local.astimezone(UTC)
