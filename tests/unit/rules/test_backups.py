"""The nightly backup: when it is due, and which files stay."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.rules.ops.backups import RETRY, file_name, is_due, last_due, surplus

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "at", "zone", "due"),
    [
        (NOW, "03:00", "UTC", NOW.replace(hour=3)),
        (NOW.replace(hour=2), "03:00", "UTC", NOW.replace(hour=3) - DAY),
        (NOW.replace(hour=3), "03:00", "UTC", NOW.replace(hour=3)),
        (NOW, "03:00", "America/Chicago", NOW.replace(hour=9)),
        (NOW.replace(hour=15), "03:00", "Pacific/Auckland", NOW.replace(hour=14)),
        (NOW.replace(hour=13), "03:00", "Pacific/Auckland", NOW.replace(hour=14) - DAY),
        (datetime(2026, 3, 29, 12, tzinfo=UTC), "02:30", "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 12, tzinfo=UTC), "02:30", "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (NOW, "off", "UTC", None),
    ],
)
def test_the_night_is_that_of_the_zone(now: datetime, at: str, zone: str, due: datetime | None) -> None:
    """Also where the date differs, where an hour is skipped, and where it comes twice."""
    assert last_due(now, at, ZoneInfo(zone)) == due


@pytest.mark.parametrize(
    ("since", "made", "failed", "expected"),
    [
        (DAY, None, None, True),
        (HOUR, None, None, False),
        (9 * DAY, 9 * HOUR - timedelta(minutes=1), None, False),
        (9 * DAY, DAY, None, True),
        (9 * DAY, 5 * DAY, None, True),
        (9 * DAY, DAY, RETRY / 2, False),
        (9 * DAY, DAY, RETRY, True),
    ],
)
def test_each_night_has_one_backup(since: timedelta, made: timedelta | None, failed: timedelta | None, *, expected: bool) -> None:
    """None on the day of the installation; a missed night is made up for; a failure is tried again after an hour."""
    times = {"made_at": NOW - made if made else None, "failed_at": NOW - failed if failed else None}
    assert is_due(NOW, NOW.replace(hour=3), since=NOW - since, **times) is expected


def test_the_newest_stay_and_other_files_are_left_alone() -> None:
    """Names are in the order of time."""
    own = [file_name(NOW - n * DAY) for n in range(20)]
    assert surplus([*own, "before-upgrade.backup", "notes.txt"], 14) == sorted(own[14:])
    assert surplus(own[:3], 14) == []
