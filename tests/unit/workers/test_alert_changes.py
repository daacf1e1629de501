"""What is saved when the alerts that follow from the events differ from the stored ones."""

from datetime import timedelta

import msgspec
import pytest

from tests.unit.notifier.test_routing import ALERT, NOW
from tracker.domain.alerting.alert import LATE, Alert, AlertRule, AlertState, Priority, Times, WithdrawnReason
from workers.recompute.alert_changes import AlertChanges, alert_changes

STORED = msgspec.structs.replace(ALERT, times=Times(event=NOW, decided=NOW), seen_at=NOW)
WITHDRAWN = msgspec.structs.replace(STORED, state=AlertState.WITHDRAWN, withdrawn=WithdrawnReason.AUTOMATIC, revision=4)
HOUR_LATER = {"state": AlertState.LATE, "seen_at": NOW, "times": Times(event=NOW, decided=NOW + timedelta(hours=1))}


def wanted(**values) -> Alert:
    return msgspec.structs.replace(ALERT, **{"times": Times(event=NOW, decided=NOW)} | values)


def compare(*alerts: Alert, stored: Alert | None = None) -> AlertChanges:
    return alert_changes(alerts, [stored] if stored else [], {"r"}, {"c": WithdrawnReason.OWN})


def test_what_is_no_longer_wanted_is_withdrawn_with_a_reason():
    """With a higher revision, once."""
    [alert] = compare(stored=STORED).withdrawn

    assert (alert.state, alert.withdrawn, alert.revision) == (AlertState.WITHDRAWN, WithdrawnReason.OWN, 1)
    assert compare(stored=alert).is_empty
    [moved] = compare(stored=msgspec.structs.replace(STORED, cause="elsewhere")).withdrawn
    assert moved.withdrawn is WithdrawnReason.OTHER_LEAD


def test_a_repeat_changes_nothing_and_a_heartbeat_no_revision():
    """Only receivers' content counts for the revision."""
    assert compare(wanted(), stored=STORED).is_empty
    changes = compare(wanted(active_until=NOW + LATE), stored=STORED)

    assert [alert.active_until for alert in changes.changed] == [NOW + LATE]
    assert (changes.edited, changes.announced) == ([], [])


def test_the_priority_rises_and_never_falls():
    """A raised alert is announced, and sent again."""
    quiet = msgspec.structs.replace(STORED, priority=Priority.QUIET)
    changes = compare(wanted(), stored=quiet)

    assert [(a.priority, a.revision) for a in changes.raised] == [(Priority.LOUD, 1)]
    assert changes.resent == changes.raised == changes.announced
    assert compare(wanted(priority=Priority.QUIET), stored=STORED).is_empty


def test_a_withdrawn_alert_stands_again_however_late_it_is():
    """Whether an alert is late is decided when its event is first decided."""
    changes = compare(wanted(**HOUR_LATER), stored=WITHDRAWN)

    assert [(a.state, a.withdrawn, a.revision) for a in changes.restored] == [(AlertState.STANDING, None, 5)]


def test_a_late_alert_that_was_withdrawn_stays_late():
    """It was sent nowhere, and is not now."""
    late = msgspec.structs.replace(WITHDRAWN, times=Times(event=NOW, decided=NOW + LATE + timedelta(seconds=1)))
    changes = compare(wanted(), stored=late)

    assert [alert.state for alert in changes.changed] == [AlertState.LATE]
    assert (changes.restored, changes.announced, changes.raised) == ([], [], [])


@pytest.mark.parametrize(
    ("stored", "expected"), [(WITHDRAWN, AlertState.STANDING), (STORED, AlertState.LATE), (None, AlertState.LATE)],
    ids=["withdrawn in time", "standing", "none"],
)  # fmt: skip
def test_another_alert_of_the_same_event_is_late_unless_a_withdrawn_one_was_in_time(stored: Alert | None, expected: AlertState):
    """Only one alert of an event is loud: one that stands is not followed by another, hours later."""
    changes = compare(wanted(id="b", rule=AlertRule.HOT, **HOUR_LATER), stored=stored)

    [alert] = changes.new
    assert (alert.state, alert.seen_at is None) == (expected, expected is AlertState.STANDING)
