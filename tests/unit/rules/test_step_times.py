"""When steps of sequences are due: a simulated quarter in half-hour zones and across clock changes, each step once at the right local time."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.outreach.sequence import SequenceStep, StepKind, StepTest, StepUnit
from tracker.domain.workspace.working_hours import WorkingHours
from tracker.rules.outreach.step_times import CERTAIN_AFTER, StepFacts, StepGo, StepSkip, StepWait, decide_step, first_look
from tracker.rules.working_hours import is_open, open_time

BEGIN = datetime(2026, 9, 15, tzinfo=UTC)
"""In the quarter from then, clocks change in all these zones but Kolkata."""
DAYS = WorkingHours()
ZONES = ("Asia/Kolkata", "Pacific/Chatham", "Europe/Lisbon", "America/St_Johns")
MINUTE = timedelta(minutes=1)


def step(after: int, unit: StepUnit = StepUnit.DAYS, test: StepTest = StepTest.ALWAYS, **more) -> SequenceStep:
    return SequenceStep(id="s", kind=StepKind.EMAIL, after=after, unit=unit, test=test, **more)


def lived(one: SequenceStep, begin: datetime, zone: ZoneInfo, facts: StepFacts, pace: timedelta) -> tuple[datetime, object]:
    """When and how the step ends if it is looked at when it is due, a bit late."""
    now = first_look(begin, one, DAYS, zone)
    for _ in range(5_000):
        seen = StepFacts(
            has_email=facts.has_email,
            sent_at=facts.sent_at,
            has_pixel=facts.has_pixel,
            clicked_at=facts.clicked_at if facts.clicked_at and facts.clicked_at <= now else None,
            views=tuple(view for view in facts.views if view[0] <= now),
        )
        found = decide_step(one, begin, seen, now, DAYS, zone)
        if not isinstance(found, StepWait):
            return now, found
        assert found.until > now
        now = found.until + pace
    raise AssertionError(one)


@pytest.mark.parametrize("name", ZONES)
def test_a_quarter(name: str):
    """A step after n working days comes on the n-th, at the same local time or when work begins; never early, and in working hours."""
    zone, random = ZoneInfo(name), Random(name)
    for _ in range(150):
        begin = (BEGIN + random.random() * timedelta(days=92)).replace(microsecond=0)
        days = random.randint(1, 9)
        now, found = lived(step(days), begin, zone, StepFacts(), timedelta())
        assert isinstance(found, StepGo)
        assert is_open(now, DAYS, zone)
        local, then = begin.astimezone(zone), now.astimezone(zone)
        between = [local.date() + timedelta(days=n + 1) for n in range((then.date() - local.date()).days)]
        working = sum(day.weekday() < 5 for day in between)
        if local.time() >= time(18):
            assert (working, then.time()) == (days + 1, time(8))
        else:
            assert (working, then.time()) == (days, max(local.time(), time(8)))

        hours = random.randint(1, 30)
        now, _ = lived(step(hours, StepUnit.HOURS), begin, zone, StepFacts(), timedelta())
        assert open_time(begin, now, DAYS, zone) == timedelta(hours=hours)


def test_what_the_lead_did():
    """At once after a click or a page once it is certain; not after the wait; and not opened only where a pixel can tell."""
    zone, monday = ZoneInfo("Asia/Kolkata"), datetime(2026, 11, 16, 5, tzinfo=UTC)
    sent = StepFacts(has_email=True, sent_at=monday, has_pixel=True)
    clicked = StepFacts(has_email=True, sent_at=monday, has_pixel=True, clicked_at=monday + 30 * MINUTE)
    now, found = lived(step(3, test=StepTest.CLICKED), monday, zone, clicked, MINUTE)
    assert isinstance(found, StepGo)
    assert timedelta() <= now - monday - 30 * MINUTE - CERTAIN_AFTER < 17 * MINUTE
    viewed = step(1, test=StepTest.VIEWED, page="/pricing")
    friday_night = StepFacts(views=((monday + timedelta(hours=9), "https://x.example/en/pricing?a=1"),))
    now, found = lived(viewed, monday, zone, friday_night, timedelta())
    assert (found, now.astimezone(zone)) == (StepGo("Viewed /pricing"), datetime(2026, 11, 17, 8, tzinfo=zone))
    for facts in (
        StepFacts(views=((monday + MINUTE, "https://x.example/about"),)),
        StepFacts(views=((monday - MINUTE, "https://x.example/pricing"),)),
    ):
        now, found = lived(viewed, monday, zone, facts, timedelta())
        assert (found, now) == (StepSkip("/pricing was not viewed in time"), monday + timedelta(days=1) + CERTAIN_AFTER)
    unopened = step(2, test=StepTest.NOT_OPENED)
    assert lived(unopened, monday, zone, sent, MINUTE)[1] == StepGo("The last email was not opened")
    for facts, reason in (
        (clicked, "The last email was opened"),
        (StepFacts(has_email=True, sent_at=monday), "The last email carried no pixel, so that no one knows"),
        (StepFacts(), "There is no email before it"),
    ):
        assert lived(unopened, monday, zone, facts, MINUTE)[1] == StepSkip(reason)
