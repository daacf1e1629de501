"""What happens with a due delivery, decided from values alone."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from notifier.routing import EDIT_EVERY, GIVE_UP_AFTER, RATES, RETRIES, DeliveryStep, ReceiverLoad, decide, next_try, receiver_pause
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
    """No reason to wait: send."""
    assert decide(DELIVERY, ALERT, CHANNEL, ReceiverLoad(), NOW).step is DeliveryStep.SEND


@pytest.mark.parametrize("state", [AlertState.WITHDRAWN, AlertState.LATE])
def test_a_withdrawn_alert_is_not_sent(state):
    """A withdrawn alert is cancelled before it is sent."""
    decision = decide(DELIVERY, vary(ALERT, state=state), CHANNEL, ReceiverLoad(), NOW)

    assert (decision.step, decision.state) == (DeliveryStep.END, DeliveryState.CANCELLED)


def test_a_disabled_channel_receives_tests_only():
    """A test is how a rep finds out that the channel works again."""
    off = vary(CHANNEL, disabled_reason="gone")

    assert decide(DELIVERY, ALERT, off, ReceiverLoad(), NOW).state is DeliveryState.FAILED
    assert decide(DELIVERY, vary(ALERT, rule=AlertRule.TEST), off, ReceiverLoad(), NOW).step is DeliveryStep.SEND


def test_a_held_channel_waits_until_the_given_moment():
    """Retry-After delays everything to the receiver."""
    until = NOW + timedelta(seconds=30)
    decision = decide(DELIVERY, ALERT, vary(CHANNEL, held_until=until), ReceiverLoad(), NOW)

    assert (decision.step, decision.until, decision.holds_receiver) == (DeliveryStep.WAIT, until, True)
    assert decide(DELIVERY, ALERT, vary(CHANNEL, held_until=NOW), ReceiverLoad(), NOW).step is DeliveryStep.SEND


def test_one_notice_a_second_is_within_the_rate():
    """A constant rate is sent for hours; only a burst waits."""
    steady = ReceiverLoad(tuple(NOW - timedelta(seconds=s) for s in range(1, 61)))

    assert decide(DELIVERY, ALERT, CHANNEL, steady, NOW).step is DeliveryStep.SEND


@pytest.mark.parametrize(("most", "span"), RATES)
def test_over_the_rate_the_receiver_is_held(most, span):
    """A long burst does not cause a notification every second."""
    burst = ReceiverLoad(tuple(NOW - span * (n / (most + 1)) for n in range(1, most + 1)))

    assert decide(DELIVERY, ALERT, CHANNEL, burst, NOW).holds_receiver
    assert decide(vary(DELIVERY, channel=ChannelName.WEBHOOK), ALERT, CHANNEL, burst, NOW).step is DeliveryStep.SEND


def test_waiting_deliveries_are_sent_as_one_digest():
    """Several late deliveries form a digest. A single or a recent one is sent alone."""
    late = vary(DELIVERY, created_at=NOW - timedelta(seconds=20))

    assert decide(late, ALERT, CHANNEL, ReceiverLoad(waiting=3), NOW).step is DeliveryStep.DIGEST
    assert decide(late, ALERT, CHANNEL, ReceiverLoad(waiting=1), NOW).step is DeliveryStep.SEND
    assert decide(DELIVERY, ALERT, CHANNEL, ReceiverLoad(waiting=3), NOW).step is DeliveryStep.SEND
    assert decide(vary(late, channel=ChannelName.WEBHOOK), ALERT, CHANNEL, ReceiverLoad(waiting=3), NOW).step is DeliveryStep.SEND


def test_a_delivered_message_is_edited_at_most_every_three_seconds():
    """Edits are combined; the last text is sent."""
    sent = vary(DELIVERY, at=NOW - timedelta(seconds=1), reference={"channel": "C1", "ts": "1.2"})
    changed = vary(ALERT, revision=2)

    assert decide(sent, ALERT, CHANNEL, ReceiverLoad(), NOW).step is DeliveryStep.KEEP
    assert decide(sent, changed, CHANNEL, ReceiverLoad(), NOW).until == sent.at + EDIT_EVERY
    assert decide(sent, changed, CHANNEL, ReceiverLoad(), NOW + EDIT_EVERY).step is DeliveryStep.EDIT
    again = vary(sent, reference={**sent.reference, "changed_at": (NOW + EDIT_EVERY).isoformat()})
    assert decide(again, changed, CHANNEL, ReceiverLoad(), NOW + EDIT_EVERY).until == NOW + 2 * EDIT_EVERY
    assert decide(sent, vary(changed, state=AlertState.WITHDRAWN), CHANNEL, ReceiverLoad(), NOW + EDIT_EVERY).step is DeliveryStep.EDIT


def test_retries_end_after_a_day():
    """5 s, 30 s, 2 min … and after about a day no more."""
    now, delivery, waits = NOW, vary(DELIVERY, first_try_at=NOW), []
    while (due := next_try(delivery, now, spread=0.5)) is not None:
        waits.append(due - now)
        now, delivery = due, vary(delivery, attempts=delivery.attempts + 1)

    assert len(waits) == len(RETRIES)
    assert all(planned <= wait <= planned * 1.1 for planned, wait in zip(RETRIES, waits, strict=True))
    assert timedelta(hours=20) < now - NOW <= GIVE_UP_AFTER


def test_retry_after_is_limited_to_an_hour():
    """A shorter Retry-After is honoured exactly."""
    assert next_try(DELIVERY, NOW, spread=0.9, retry_after=30) == NOW + timedelta(seconds=30)
    assert next_try(DELIVERY, NOW, spread=0.9, retry_after=1e9) == NOW + timedelta(hours=1)
    assert next_try(DELIVERY, NOW, spread=0.9, retry_after=-5) == NOW


def test_a_receiver_is_never_paused_for_hours():
    """An unreachable receiver costs little, and is used soon after it is reachable again."""
    assert [receiver_pause(n, 0).total_seconds() for n in (1, 2, 3, 4, 5, 99)] == [5, 30, 120, 600, 600, 600]


def test_a_delivery_waits_for_its_alert():
    """Deliveries may be written before their alert; without an alert the delivery ends."""
    assert decide(DELIVERY, None, CHANNEL, ReceiverLoad(), NOW).until == NOW + timedelta(seconds=1)
    assert decide(DELIVERY, None, CHANNEL, ReceiverLoad(), NOW + timedelta(minutes=5)).step is DeliveryStep.END


@pytest.mark.parametrize(
    ("channel", "reference", "state", "expected"),
    [
        (ChannelName.WEBHOOK, {}, AlertState.STANDING, DeliveryStep.KEEP),
        (ChannelName.WEBHOOK, {}, AlertState.WITHDRAWN, DeliveryStep.EDIT),
        (ChannelName.WEBHOOK, {"state": "withdrawn"}, AlertState.WITHDRAWN, DeliveryStep.KEEP),
        (ChannelName.WEBHOOK, {"state": "withdrawn"}, AlertState.STANDING, DeliveryStep.EDIT),
        (ChannelName.WEBHOOK, {"priority": "quiet"}, AlertState.STANDING, DeliveryStep.EDIT),
        (ChannelName.EMAIL, {}, AlertState.WITHDRAWN, DeliveryStep.KEEP),
        (ChannelName.SLACK, {"ts": "1"}, AlertState.WITHDRAWN, DeliveryStep.EDIT),
    ],
)
def test_a_program_receives_changes_of_state_and_priority_only(channel, reference, state, expected):
    """Not of the text. An email cannot be changed."""
    sent = vary(DELIVERY, channel=channel, at=NOW - timedelta(minutes=1), reference=reference)

    assert decide(sent, vary(ALERT, revision=2, state=state), CHANNEL, ReceiverLoad(), NOW).step is expected


def test_an_edit_waits_for_an_alert_that_is_not_saved_yet():
    """The worker may have been killed between the two: the edit does not wait for ever."""
    sent = vary(DELIVERY, at=NOW, reference={"ts": "1"}, wanted=1, wanted_at=NOW)

    assert decide(sent, ALERT, CHANNEL, ReceiverLoad(), NOW + timedelta(seconds=2)).step is DeliveryStep.WAIT
    assert decide(sent, ALERT, CHANNEL, ReceiverLoad(), NOW + timedelta(minutes=6)).step is DeliveryStep.KEEP


@pytest.mark.parametrize(("channel", "step"), [(ChannelName.WEBHOOK, DeliveryStep.EDIT), (ChannelName.SLACK, DeliveryStep.END)])
def test_a_program_that_may_have_received_the_alert_is_told_of_the_withdrawal(channel, step):
    """The result of the first try is unknown, because the notifier was killed."""
    row, withdrawn = vary(DELIVERY, channel=channel), vary(ALERT, state=AlertState.WITHDRAWN, revision=1)

    assert decide(vary(row, attempts=2), withdrawn, CHANNEL, ReceiverLoad(), NOW + timedelta(seconds=3)).step is step
    assert decide(row, withdrawn, CHANNEL, ReceiverLoad(), NOW).step is DeliveryStep.END
