"""Routing: what to do now with a due delivery. Pure: values and `now` in, a decision out. Called by notifier.delivery.

A delivery is sent alone, edits a delivered message, joins waiting ones in a digest, waits, or ends. After a failure: when to retry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from tracker.domain.alerting.alert import Alert, AlertRule, AlertState
from tracker.domain.alerting.channel import MUST_RETYPE, Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState, DeliveryTiming
from tracker.rules.alerting.routes import EDITABLE, RESENDABLE, SHOWS_TAKEN

RATES = ((30, timedelta(seconds=10)), (90, timedelta(seconds=60)))
"""The most notices to one receiver in each span: one a second for hours is allowed, and a short burst."""
DIGEST_WAIT = timedelta(seconds=15)
"""How long a receiver is held once it exceeds its rate; deliveries that arrive meanwhile are sent as one digest."""
DIGEST_FROM = 3
"""The number of notices, older than DIGEST_AGE, that are sent as one digest."""
DIGEST_AGE = timedelta(seconds=5)
ALERT_LAG, ALERT_PAUSE = timedelta(minutes=5), timedelta(seconds=1)
"""A delivery may be written before its alert: how long, and at which intervals, it waits for the alert."""
EDIT_EVERY = timedelta(seconds=3)
EDIT_TRIES = 6
"""Tries of an edit that only changes the text. A withdrawn alert is tried for a day, like a new one."""
RETRIES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 21_600))
"""Waits between tries; about a day in total."""
GIVE_UP_AFTER = timedelta(hours=27)
LONGEST_HOLD = timedelta(hours=1)
"""The longest Retry-After that is honoured."""
JITTER = 0.1
_GONE = "the alert no longer stands"
TAKEN = "taken before"
"""Why nothing is sent of an alert that someone took while it waited."""
_PAUSES = 4
"""A failing receiver is paused for the first waits of RETRIES, not longer: another notice may succeed."""


class DeliveryStep(StrEnum):
    """What to do with the delivery."""

    SEND = "send"
    EDIT = "edit"
    DIGEST = "digest"
    WAIT = "wait"
    """Not before `until`; nor anything else to this receiver, if `holds_receiver`."""
    KEEP = "keep"
    """The message is up to date: nothing to send."""
    END = "end"
    """Never sent: `state` and `error` give the reason."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A step with its parameters."""

    step: DeliveryStep
    until: datetime | None = None
    holds_receiver: bool = False
    state: DeliveryState = DeliveryState.CANCELLED
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiverLoad:
    """The current load of a receiver (one channel of one rep or of the team)."""

    recent: tuple[datetime, ...] = ()
    """When notices were delivered to it, in the last minute."""
    waiting: int = 0
    """Due deliveries after this one."""


def decide(delivery: Delivery, alert: Alert | None, channel: Channel | None, load: ReceiverLoad, now: datetime) -> Decision:
    """What to do now with a claimed delivery."""
    if alert is None and is_early(delivery, now):
        return Decision(DeliveryStep.WAIT, until=now + ALERT_PAUSE)
    if delivery.at is not None or _may_have_arrived(delivery, alert):
        return _decide_edit(delivery, alert, channel, now)
    if alert is None or alert.state is not AlertState.STANDING or is_settled(delivery, alert):
        return Decision(DeliveryStep.END, error=TAKEN if alert and is_settled(delivery, alert) else _GONE)
    if channel is None:
        return Decision(DeliveryStep.END, error="the channel was removed")
    if channel.disabled_reason == MUST_RETYPE:  # not even a test: the credentials are missing
        return Decision(DeliveryStep.END, state=DeliveryState.FAILED, error=MUST_RETYPE)
    return Decision(DeliveryStep.SEND) if alert.rule is AlertRule.TEST else _decide_first(delivery, channel, load, now)


def is_settled(delivery: Delivery, alert: Alert) -> bool:
    """Whether someone took or finished the alert while it waited for a digest or for the receiver's hours: there is nothing left to do."""
    return delivery.timing is not DeliveryTiming.NOW and alert.is_taken


def _may_have_arrived(delivery: Delivery, alert: Alert | None) -> bool:
    """Whether a program may have received an alert that is withdrawn by now, though no try is known to have worked."""
    is_withdrawn = alert is not None and alert.state is AlertState.WITHDRAWN
    return is_withdrawn and delivery.channel in RESENDABLE and delivery.attempts > 1


def is_early(delivery: Delivery, now: datetime) -> bool:
    """Whether a missing alert may still be written."""
    return now - delivery.created_at < ALERT_LAG


def _decide_first(delivery: Delivery, channel: Channel, load: ReceiverLoad, now: datetime) -> Decision:
    """A delivery whose notice was not sent yet."""
    if channel.disabled_reason:
        return Decision(DeliveryStep.END, state=DeliveryState.FAILED, error=channel.disabled_reason)
    if channel.held_until is not None and channel.held_until > now:
        return Decision(DeliveryStep.WAIT, until=channel.held_until, holds_receiver=True)
    if delivery.channel is ChannelName.WEBHOOK:
        return Decision(DeliveryStep.SEND)  # a program receives every alert, one at a time
    is_crowded = load.waiting >= DIGEST_FROM - 1 and now - delivery.created_at > DIGEST_AGE
    if is_crowded or delivery.timing is not DeliveryTiming.NOW:
        return Decision(DeliveryStep.DIGEST)
    if any(sum(now - sent < span for sent in load.recent) >= most for most, span in RATES):
        return Decision(DeliveryStep.WAIT, until=now + DIGEST_WAIT, holds_receiver=True)
    return Decision(DeliveryStep.SEND)


def _decide_edit(delivery: Delivery, alert: Alert | None, channel: Channel | None, now: datetime) -> Decision:
    """A delivered message is edited, or sent again, when the alert changed: silently, and not too often."""
    if alert is None or channel is None or channel.disabled_reason:
        return Decision(DeliveryStep.KEEP)
    if alert.revision < delivery.wanted and delivery.wanted_at is not None and now - delivery.wanted_at < ALERT_LAG:
        return Decision(DeliveryStep.WAIT, until=now + ALERT_PAUSE)
    if not _is_outdated(delivery, alert) and not _is_in_false_tense(delivery, alert, now):
        return Decision(DeliveryStep.KEEP)
    if channel.held_until is not None and channel.held_until > now:
        return Decision(DeliveryStep.WAIT, until=channel.held_until, holds_receiver=True)
    last = delivery.reference.get("changed_at")
    ready = (datetime.fromisoformat(last) if last else delivery.at or delivery.created_at) + EDIT_EVERY
    return Decision(DeliveryStep.WAIT, until=ready) if ready > now else Decision(DeliveryStep.EDIT)


def _is_outdated(delivery: Delivery, alert: Alert) -> bool:
    """Whether the receiver should get the alert as it is now. A program gets only changes of state and priority."""
    if alert.revision <= delivery.revision:
        return False
    if delivery.channel in RESENDABLE:
        state = delivery.reference.get("state", AlertState.STANDING.value)
        priority = delivery.reference.get("priority", alert.priority.value)
        is_news = delivery.channel in SHOWS_TAKEN and alert.is_taken and "taken" not in delivery.reference
        return is_news or (state, priority) != (alert.state.value, alert.priority.value)
    return delivery.channel in EDITABLE


def _is_in_false_tense(delivery: Delivery, alert: Alert, now: datetime) -> bool:
    """Whether the message says *is on Pricing* of a visit that is over."""
    return delivery.channel in EDITABLE and delivery.reference.get("tense") == "due" and alert.title_at(now) != alert.title


def tense(alert: Alert, reference: Mapping[str, str], now: datetime) -> dict[str, str]:
    """What the reference says of the title's tense, where the message can be edited."""
    if "ts" not in reference or not alert.past:
        return {}
    return {"tense": "present" if alert.title_at(now) == alert.title else "past"}


class TriedBefore(Protocol):
    """What was tried already: the number of tries, and when the first was."""

    @property
    def attempts(self) -> int:
        """The tries, this one included."""

    @property
    def first_try_at(self) -> datetime | None:
        """None before the first."""


def next_try(delivery: TriedBefore, now: datetime, *, spread: float, retry_after: float | None = None) -> datetime | None:
    """When a failed delivery is retried; None after a day of tries. `spread` is random, 0 to 1."""
    if retry_after is not None:
        due = now + min(timedelta(seconds=max(retry_after, 0.0)), LONGEST_HOLD)
    else:
        due = now + with_jitter(RETRIES[min(max(delivery.attempts, 1), len(RETRIES)) - 1], spread)
    return due if due - (delivery.first_try_at or now) <= GIVE_UP_AFTER else None


def receiver_pause(failures: int, spread: float) -> timedelta:
    """How long a receiver is paused after that many failures in a row, so that an unreachable one occupies no threads."""
    return with_jitter(RETRIES[min(max(failures, 1), _PAUSES) - 1], spread)


def with_jitter(wait: timedelta, spread: float) -> timedelta:
    """The wait plus up to a tenth, so that many retries do not coincide."""
    return wait * (1 + JITTER * spread)
