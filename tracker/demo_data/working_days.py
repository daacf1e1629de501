"""Working days and hours of a time zone, counted back from now. Used by demo_data.history."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

RECENT = timedelta(minutes=25)
"""The history ends this long before now; newer events come from live visits."""

_OPENS, _CLOSES = 8, 18
_WEEKEND = 5
_NOON = 12


@dataclass(frozen=True, slots=True)
class Workdays:
    """Working days as seen from `now`."""

    now: datetime

    @property
    def limit(self) -> datetime:
        """The end of the history."""
        return self.now - RECENT

    def day(self, ago: int, zone: str) -> date:
        """The working day `ago` working days before today; 0 is today or, on a weekend, the Friday before."""
        day = self.now.astimezone(ZoneInfo(zone)).date()
        while day.weekday() >= _WEEKEND:
            day -= timedelta(days=1)
        for _ in range(abs(ago)):
            day += timedelta(days=-1 if ago > 0 else 1)
            while day.weekday() >= _WEEKEND:
                day += timedelta(days=-1 if ago > 0 else 1)
        return day

    def moment(self, ago: int, hour: float, zone: str) -> datetime:
        """That working day at a local hour (9.5 is half past nine), in UTC."""
        whole = timedelta(minutes=round(hour * 60))
        local = datetime.combine(self.day(ago, zone), time(_NOON), ZoneInfo(zone)) + whole - timedelta(hours=_NOON)
        return local.astimezone(UTC)

    def next_open(self, moment: datetime, zone: str) -> datetime:
        """The moment itself if it is in working hours, else the start of the next working day plus its minutes."""
        local = moment.astimezone(ZoneInfo(zone))
        if local.weekday() < _WEEKEND and _OPENS <= local.hour < _CLOSES:
            return moment
        day = local.date() + timedelta(days=0 if local.hour < _OPENS else 1)
        while day.weekday() >= _WEEKEND:
            day += timedelta(days=1)
        start = datetime.combine(day, time(_OPENS, local.minute, local.second, local.microsecond), ZoneInfo(zone))
        return start.astimezone(UTC)
