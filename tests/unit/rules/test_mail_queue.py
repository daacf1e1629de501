"""When a queued message is tried."""

from datetime import UTC, datetime, timedelta

from tracker.domain.workspace.working_hours import WorkingHours
from tracker.rules.mail.mail_queue import first_try, next_try

FRIDAY_NIGHT = datetime(2026, 3, 20, 22, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 23, 8, 0, tzinfo=UTC)


def test_pauses_grow_to_four_hours_and_end_after_three_days():
    """1, 5, 15, 30 minutes, 1, 2, 4, 4 … hours."""
    now, tries, pauses = FRIDAY_NIGHT, 0, []
    while True:
        tries += 1
        due = next_try(tries, FRIDAY_NIGHT, now)
        if due is None:
            break
        pauses.append(round((due - now) / timedelta(minutes=1)))
        now = due
    assert pauses[:9] == [1, 5, 15, 30, 60, 120, 240, 240, 240]
    assert timedelta(days=2, hours=20) < now - FRIDAY_NIGHT <= timedelta(days=3)


def test_only_what_waits_for_working_hours_waits():
    """A message by hand goes at once, at any hour; one for a time in the past goes now."""
    hours = WorkingHours()
    later = FRIDAY_NIGHT + timedelta(hours=1)
    assert first_try(FRIDAY_NIGHT, None, waits=False, hours=hours, zone=UTC) == FRIDAY_NIGHT
    assert first_try(FRIDAY_NIGHT, None, waits=True, hours=hours, zone=UTC) == MONDAY
    assert first_try(FRIDAY_NIGHT, later, waits=True, hours=hours, zone=UTC) == MONDAY
    assert first_try(FRIDAY_NIGHT, later, waits=False, hours=hours, zone=UTC) == later
    assert first_try(FRIDAY_NIGHT, FRIDAY_NIGHT - timedelta(hours=1), waits=False, hours=hours, zone=UTC) == FRIDAY_NIGHT
