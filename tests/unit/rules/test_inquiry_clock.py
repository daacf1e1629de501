"""The clock of inquiries is exact: in every zone, over weekends, working hours and days on which the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.scenes import NOON
from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.workspace.working_hours import WorkingHours
from tracker.domain.workspace.workspace import Policy, Workspace
from tracker.rules.inquiries.clock import answer_of, due_at
from tracker.rules.pipeline.contacts import CompanyContact
from tracker.rules.working_hours import is_open, open_time

ZONES = st.sampled_from([ZoneInfo(name) for name in ("Asia/Kolkata", "Pacific/Chatham", "Europe/Lisbon", "America/St_Johns", "UTC")])
MOMENTS = st.builds(
    lambda begin, seconds: begin + timedelta(seconds=seconds),
    st.sampled_from([datetime(2027, month, 25, tzinfo=UTC) for month in (3, 9, 10)]),  # the clocks change soon after, here or there
    st.integers(0, 21 * 24 * 3600),
)
SPANS = st.builds(
    lambda days, start, length: WorkingHours(days=tuple(sorted(days)), start=start, end=min(start + length, 1440)),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1380),
    st.integers(60, 1440),
)


def workspace(minutes: int, hours: WorkingHours, *, is_in_hours: bool) -> Workspace:
    policy = Policy(answer_minutes=minutes, answer_in_working_hours=is_in_hours)
    return Workspace(id="w", name="W", created_at=NOON, policy=policy, working_hours=hours)


@given(MOMENTS, SPANS, ZONES, st.integers(1, 300))
def test_the_clock_stands_still_outside_working_hours(at, hours, zone, minutes):
    """Exactly so much working time lies before the due moment, and less a second earlier, which is in working hours."""
    span, second = timedelta(minutes=minutes), timedelta(seconds=1)
    due = due_at(at, workspace(minutes, hours, is_in_hours=True), zone)
    assert open_time(at, due, hours, zone) == span
    assert open_time(at, due - second, hours, zone) == span - second
    assert is_open(due - second, hours, zone)


@example(datetime(2027, 9, 25, 12, 17, tzinfo=UTC), WorkingHours(days=(0,), start=0, end=60), ZoneInfo("Pacific/Chatham"), 103)
@given(MOMENTS, SPANS, ZONES, st.integers(1, 300))
def test_a_clock_without_working_hours_counts_elapsed_time(at, hours, zone, minutes):
    """Whatever the zone and its clocks do."""
    local = at.astimezone(zone)
    assert due_at(local, workspace(minutes, hours, is_in_hours=False), zone) == at + timedelta(minutes=minutes)


@given(MOMENTS, SPANS, ZONES, st.integers(0, 10 * 24 * 3600 * 1000))
def test_the_answer_is_stored_in_both_times(at, hours, zone, elapsed):
    """The first contact at or after the inquiry counts; working time is never longer than elapsed time."""
    own = workspace(5, hours, is_in_hours=True)
    inquiry = Inquiry(id="i", workspace="w", lead="l", at=at, due_at=due_at(at, own, zone), created_at=at)
    answered = at + timedelta(milliseconds=elapsed)
    contacts = [
        CompanyContact(at=moment, rep="r", how="call") for moment in (answered + timedelta(days=1), answered, at - timedelta(seconds=1))
    ]
    found = answer_of(inquiry, contacts, own, zone)
    assert (found["answered_at"], found["elapsed_ms"]) == (answered, elapsed)
    assert found["working_ms"] == open_time(at, answered, hours, zone) // timedelta(milliseconds=1) <= elapsed
    after = msgspec.structs.replace(inquiry, **found)
    assert not after.is_open


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("Asia/Kolkata", "2027-03-26T12:27:00", "2027-03-29T02:32:00"),  # Friday 17:57 to Monday 8:02
        ("Pacific/Chatham", "2027-04-02T04:14:00", "2027-04-04T19:19:00"),  # Friday 17:59 summer time, Monday 8:04 winter time
        ("Europe/Lisbon", "2027-03-26T17:58:00", "2027-03-29T07:03:00"),  # Friday 17:58 to Monday 8:03 summer time
        ("Europe/Lisbon", "2027-10-29T16:58:00", "2027-11-01T08:03:00"),  # and back
    ],
)
def test_weekends_with_a_change_of_the_clocks(zone, at, due):
    """By hand, in UTC."""
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (at, due)]
    assert due_at(moments[0], workspace(5, WorkingHours(), is_in_hours=True), ZoneInfo(zone)) == moments[1]
