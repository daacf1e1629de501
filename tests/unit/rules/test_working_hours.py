"""Working hours in any zone, across weekends and changes of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.workspace.working_hours import WorkingHours
from tracker.rules.working_hours import business_minutes, is_open, next_day, next_open, start_of_day

HOURS = WorkingHours()
BERLIN, CHICAGO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Chicago")


def berlin(text: str) -> datetime:
    """A moment by Berlin's clocks in March 2026, such as `20 17:30`; the 20th is a Friday."""
    return datetime.strptime(f"2026-03-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("20 07:59", "20 08:00"),
        ("20 08:00", "20 08:00"),
        ("20 17:59", "20 17:59"),
        ("20 18:00", "23 08:00"),
        ("21 12:00", "23 08:00"),
        ("22 23:59", "23 08:00"),
        ("29 02:30", "30 08:00"),
    ],
)
def test_the_next_begin(moment, opens):
    """Inside: the moment itself. After the end of a Friday: Monday. Clocks change on the 29th."""
    assert next_open(berlin(moment), HOURS, BERLIN) == berlin(opens)
    assert is_open(berlin(moment), HOURS, BERLIN) == (moment == opens)


def test_the_zone_decides():
    """The same moment is a working hour in Berlin and night in Chicago."""
    moment = berlin("20 09:00")
    assert is_open(moment, HOURS, BERLIN)
    assert not is_open(moment, HOURS, CHICAGO)
    assert next_open(moment, HOURS, CHICAGO) == datetime(2026, 3, 20, 8, 0, tzinfo=CHICAGO)


def test_other_days_and_spans():
    """Saturday morning only; a span to the end of the day."""
    saturday = WorkingHours(days=(5,), start=9 * 60, end=12 * 60 + 30)
    assert next_open(berlin("20 12:00"), saturday, BERLIN) == berlin("21 09:00")
    assert next_open(berlin("21 12:30"), saturday, BERLIN) == berlin("28 09:00")
    assert is_open(berlin("20 23:59"), WorkingHours(days=(4,), start=0, end=1440), BERLIN)
    assert not is_open(berlin("21 00:00"), WorkingHours(days=(4,), start=0, end=1440), BERLIN)


def test_the_next_day():
    """Above a daily limit: never later today, and not on the weekend."""
    assert next_day(berlin("19 07:00"), HOURS, BERLIN) == berlin("20 08:00")
    assert next_day(berlin("20 07:00"), HOURS, BERLIN) == berlin("23 08:00")
    assert start_of_day(berlin("20 07:00"), BERLIN) == berlin("20 00:00")


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("20 09:00", "20 09:05", 5),
        ("20 17:58", "23 08:03", 5),
        ("21 09:00", "22 09:00", 0),
        ("20 09:00", "20 09:00", 0),
        ("20 10:00", "20 09:00", 0),
        ("19 00:00", "21 00:00", 1200),
        ("27 17:00", "30 09:00", 120),
    ],
)
def test_minutes_of_working_hours(start, end, minutes):
    """Evenings and weekends do not count."""
    assert business_minutes(berlin(start), berlin(end), HOURS, BERLIN) == minutes


MOMENTS = st.integers(0, 60 * 24 * 730).map(lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
SPANS = st.builds(
    lambda days, start, length: WorkingHours(days=tuple(sorted(days)), start=start, end=min(start + length, 1440)),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
ZONES = st.sampled_from([ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu")])


@given(MOMENTS, SPANS, ZONES)
def test_the_next_begin_is_in_working_hours_and_nothing_lies_between(moment, hours, zone):
    """For every span, every zone, and days on which the clocks change; an hour that the clocks skip is no working hour."""
    found = next_open(moment, hours, zone)
    assert moment <= found <= moment + timedelta(days=15)
    assert business_minutes(moment, found, hours, zone) == 0
