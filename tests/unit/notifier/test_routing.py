"""What happens with a due delivery, decided from values alone."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from notifier.routing import EDIT_EVERY, GIVE_UP_AFTER, RATES, RETRIES, Load, Step, decide, lane_rest, next_try
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority, Times
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState

NOW = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
ALERT = Alert(
    id="a", workspace="w", lead="l", rep="r", rule=AlertRule.CLICK, cause="c", episode="e", at=NOW,
    priority=Priority.LOUD, title="Dana Whitfield (Acme) is on Pricing", text="", times=Times(event=NOW),
)  # fmt: skip
CHANNEL = Channel(id="c", workspace="w", rep="r", name=ChannelName.SLACK, config={})
DELIVERY = Delivery(
    id="d", workspace="w", alert="a", lead="l", rep="r", channel=ChannelName.SLACK, state=DeliveryState.SENDING,
    due_at=NOW, attempts=1, created_at=NOW,
)  # fmt: skip


def vary(value, **changes):
    return msgspec.structs.replace(value, **changes)


def test_a_fresh_alert_goes_at_once():
    """Nothing in the way: send."""
    assert decide(DELIVERY, ALERT, CHANNEL, Load(), NOW).step is Step.SEND


@pytest.mark.parametrize("state", [AlertState.WITHDRAWN, AlertState.LATE])
def test_what_no_longer_stands_goes_nowhere(state):
    """A withdrawn alert is cancelled before it is sent."""
    decision = decide(DELIVERY, vary(ALERT, state=state), CHANNEL, Load(), NOW)

    assert (decision.step, decision.state) == (Step.END, DeliveryState.CANCELLED)


def test_a_channel_that_is_off_takes_no_alert_but_a_test():
    """A test is how a rep finds out that the channel works again."""
    off = vary(CHANNEL, disabled_reason="gone")

    assert decide(DELIVERY, ALERT, off, Load(), NOW).state is DeliveryState.FAILED
    assert decide(DELIVERY, vary(ALERT, rule=AlertRule.TEST), off, Load(), NOW).step is Step.SEND


def test_a_held_channel_waits_to_the_moment():
    """Retry-After holds the whole lane."""
    until = NOW + timedelta(seconds=30)
    decision = decide(DELIVERY, ALERT, vary(CHANNEL, held_until=until), Load(), NOW)

    assert (decision.step, decision.until, decision.holds_lane) == (Step.WAIT, until, True)
    assert decide(DELIVERY, ALERT, vary(CHANNEL, held_until=NOW), Load(), NOW).step is Step.SEND


def test_one_notice_a_second_is_never_too_many():
    """A steady stream passes for hours; only a storm waits."""
    steady = Load(tuple(NOW - timedelta(seconds=s) for s in range(1, 61)))

    assert decide(DELIVERY, ALERT, CHANNEL, steady, NOW).step is Step.SEND


@pytest.mark.parametrize(("most", "span"), RATES)
def test_over_the_rate_the_lane_rests(most, span):
    """A storm does not ring every second."""
    storm = Load(tuple(NOW - span * (n / (most + 1)) for n in range(1, most + 1)))

    assert decide(DELIVERY, ALERT, CHANNEL, storm, NOW).holds_lane
    assert decide(vary(DELIVERY, channel=ChannelName.WEBHOOK), ALERT, CHANNEL, storm, NOW).step is Step.SEND


def test_what_waited_together_goes_together():
    """Held up and not alone: one digest. Alone, or just arrived: by itself."""
    late = vary(DELIVERY, created_at=NOW - timedelta(seconds=20))

    assert decide(late, ALERT, CHANNEL, Load(waiting=3), NOW).step is Step.GATHER
    assert decide(late, ALERT, CHANNEL, Load(waiting=1), NOW).step is Step.SEND
    assert decide(DELIVERY, ALERT, CHANNEL, Load(waiting=3), NOW).step is Step.SEND
    assert decide(vary(late, channel=ChannelName.WEBHOOK), ALERT, CHANNEL, Load(waiting=3), NOW).step is Step.SEND


def test_a_message_that_stands_is_changed_at_most_every_three_seconds():
    """Edits gather: the last words win."""
    sent = vary(DELIVERY, at=NOW - timedelta(seconds=1), reference={"channel": "C1", "ts": "1.2"})
    changed = vary(ALERT, revision=2)

    assert decide(sent, ALERT, CHANNEL, Load(), NOW).step is Step.KEEP
    assert decide(sent, changed, CHANNEL, Load(), NOW).until == sent.at + EDIT_EVERY
    assert decide(sent, changed, CHANNEL, Load(), NOW + EDIT_EVERY).step is Step.EDIT
    again = vary(sent, reference={**sent.reference, "changed_at": (NOW + EDIT_EVERY).isoformat()})
    assert decide(again, changed, CHANNEL, Load(), NOW + EDIT_EVERY).until == NOW + 2 * EDIT_EVERY
    assert decide(sent, vary(changed, state=AlertState.WITHDRAWN), CHANNEL, Load(), NOW + EDIT_EVERY).step is Step.KEEP


def test_tries_stretch_over_a_day_and_end():
    """5 s, 30 s, 2 min … and after about a day no more."""
    now, delivery, waits = NOW, vary(DELIVERY, first_try_at=NOW), []
    while (due := next_try(delivery, now, spread=0.5)) is not None:
        waits.append(due - now)
        now, delivery = due, vary(delivery, attempts=delivery.attempts + 1)

    assert len(waits) == len(RETRIES)
    assert all(planned <= wait <= planned * 1.1 for planned, wait in zip(RETRIES, waits, strict=True))
    assert timedelta(hours=20) < now - NOW <= GIVE_UP_AFTER


def test_a_receiver_may_ask_for_time_but_not_for_years():
    """Retry-After is honoured, up to an hour."""
    assert next_try(DELIVERY, NOW, spread=0.9, retry_after=30) == NOW + timedelta(seconds=30)
    assert next_try(DELIVERY, NOW, spread=0.9, retry_after=1e9) == NOW + timedelta(hours=1)
    assert next_try(DELIVERY, NOW, spread=0.9, retry_after=-5) == NOW


def test_a_lane_never_rests_for_hours():
    """A dead receiver costs little, and is noticed when it comes back."""
    assert [lane_rest(n, 0).total_seconds() for n in (1, 2, 3, 4, 5, 99)] == [5, 30, 120, 600, 600, 600]


def test_a_row_whose_alert_is_not_written_yet_waits_a_moment():
    """Rows may come first; an alert that never comes ends the row."""
    assert decide(DELIVERY, None, CHANNEL, Load(), NOW).until == NOW + timedelta(seconds=1)
    assert decide(DELIVERY, None, CHANNEL, Load(), NOW + timedelta(minutes=5)).step is Step.END
