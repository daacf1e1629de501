"""When something that failed is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.rules.mail.backoff import next_attempt

NOW = datetime(2026, 12, 7, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "tries", "minutes"),
    [(0, 1, 1), (0.1, 2, 5), (0.2, 3, 30), (1, 4, 60), (23.9, 26, 60), (24, 27, 1440), (167, 33, 1440), (169, 34, None)],
)
def test_it_is_tried_less_and_less_often(hours: float, tries: int, minutes: int | None) -> None:
    """Soon at first, then each hour, then each day, and after a week only when a person asks for it."""
    expected = NOW + timedelta(minutes=minutes) if minutes else None
    assert next_attempt(NOW - timedelta(hours=hours), tries, NOW) == expected
