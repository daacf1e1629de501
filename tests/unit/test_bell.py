"""The rows of the bell."""

from datetime import timedelta

import msgspec

from tests.unit.notifier.test_routing import ALERT, NOW
from tracker.domain.alerting.alert import AlertState, Priority
from tracker.web.console.bell import bell_rows


def test_a_visit_has_one_row_with_its_newest_alert():
    """It is unseen if any alert is, and quiet if all are. Tests have rows of their own."""

    def alert(key: str, episode: str, **values):
        return msgspec.structs.replace(ALERT, **({"id": key, "episode": episode, "seen_at": NOW} | values))

    rows = bell_rows(
        [
            alert("1", "second", title="Newest", past="Newest, 09:00"),
            alert("2", "first", priority=Priority.QUIET, seen_at=None),
            alert("3", "second", seen_at=None, priority=Priority.QUIET),
            alert("4", "test", lead=""),
            alert("5", "test", lead=""),
        ],
        NOW + timedelta(hours=1),
    )

    assert [(row.alert.id, row.others, row.is_unseen, row.is_quiet) for row in rows] == [
        ("1", 1, True, False),
        ("2", 0, True, True),
        ("4", 0, False, False),
        ("5", 0, False, False),
    ]
    assert rows[0].title == "Newest, 09:00"


def test_alerts_that_are_not_confirmed_share_a_quiet_row():
    """A check of several links is one row; one of another lead, or an hour earlier, has a row of its own."""

    def alert(key: str, minutes_ago: int, lead: str = "l"):
        at = NOW - timedelta(minutes=minutes_ago)
        more = {"state": AlertState.UNSURE, "priority": Priority.QUIET, "title": "Not confirmed: a click by Dana Whitfield", "past": ""}
        return msgspec.structs.replace(ALERT, id=key, episode=key, at=at, lead=lead, **more)

    rows = bell_rows([alert("1", 0), alert("2", 1, lead="other"), alert("3", 20), alert("4", 80)], NOW)

    assert [(row.alert.id, row.others, row.is_quiet) for row in rows] == [("1", 1, True), ("2", 0, True), ("4", 0, True)]
    assert rows[0].title == "Not confirmed: a click by Dana Whitfield"
