"""Routing: what happens now with a due delivery. Pure: values and `now` in, a decision out. Called by notifier.delivery.

Go alone, change the message that stands, gather what waits into one digest, wait, or end. And after a failure: when to try again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.domain.alerting.alert import Alert, AlertRule, AlertState
from tracker.domain.alerting.channel import MUST_RETYPE, Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState

RATES = ((30, timedelta(seconds=10)), (90, timedelta(seconds=60)))
"""One a second for hours is fine, and a short burst; more notices than this in any such span are no help to a person."""
GATHER_WAIT = timedelta(seconds=15)
"""How long a lane rests once it is over its rate; what came meanwhile goes as one digest."""
GATHER_FROM = 3
"""So many notices that waited longer than GATHER_AGE go as one."""
GATHER_AGE = timedelta(seconds=5)
ALERT_LAG, ALERT_PAUSE = timedelta(minutes=5), timedelta(seconds=1)
"""A row may be written before its alert; so long, and so often, we look for it."""
EDIT_EVERY = timedelta(seconds=3)
EDIT_TRIES = 6
RETRIES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 21_600))
"""Waits between tries; together about a day."""
GIVE_UP_AFTER = timedelta(hours=27)
LONGEST_HOLD = timedelta(hours=1)
"""What a receiver may ask for by Retry-After."""
JITTER = 0.1
_LANE_STEPS = 4
"""A lane whose tries keep failing rests for the first so many waits of RETRIES, not longer: other notices may do better."""


class Step(StrEnum):
    """What to do with the delivery."""

    SEND = "send"
    EDIT = "edit"
    GATHER = "gather"
    WAIT = "wait"
    """Not before `until`; nor anything else in the lane, if `holds_lane`."""
    KEEP = "keep"
    """It stands as it is: nothing to send."""
    END = "end"
    """Never: `state` and `error` say why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A step with what it needs."""

    step: Step
    until: datetime | None = None
    holds_lane: bool = False
    state: DeliveryState = DeliveryState.CANCELLED
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What the lane (one channel of one rep or of the team) is carrying."""

    recent: tuple[datetime, ...] = ()
    """When it delivered notices, in the last minute."""
    waiting: int = 0
    """Due deliveries that wait behind this one."""


def decide(delivery: Delivery, alert: Alert | None, channel: Channel | None, load: Load, now: datetime) -> Decision:
    """What happens now with a claimed delivery."""
    if alert is None and is_early(delivery, now):
        return Decision(Step.WAIT, until=now + ALERT_PAUSE)
    if alert is not None and alert.state is not AlertState.STANDING:
        alert = None
    if delivery.at is not None:
        return _decide_edit(delivery, alert, channel, now)
    if alert is None:
        return Decision(Step.END, error="the alert no longer stands")
    if channel is None:
        return Decision(Step.END, error="the channel was removed")
    if channel.disabled_reason == MUST_RETYPE:  # not even a test: there is nothing to sign in with
        return Decision(Step.END, state=DeliveryState.FAILED, error=MUST_RETYPE)
    return Decision(Step.SEND) if alert.rule is AlertRule.TEST else _decide_first(delivery, channel, load, now)


def is_early(delivery: Delivery, now: datetime) -> bool:
    """Whether its alert, if there is none, may still be on its way."""
    return now - delivery.created_at < ALERT_LAG


def _decide_first(delivery: Delivery, channel: Channel, load: Load, now: datetime) -> Decision:
    """An alert that nobody has heard of yet."""
    if channel.disabled_reason:
        return Decision(Step.END, state=DeliveryState.FAILED, error=channel.disabled_reason)
    if channel.held_until is not None and channel.held_until > now:
        return Decision(Step.WAIT, until=channel.held_until, holds_lane=True)
    if delivery.channel is ChannelName.WEBHOOK:
        return Decision(Step.SEND)  # a program wants every alert, and one at a time
    if load.waiting >= GATHER_FROM - 1 and now - delivery.created_at > GATHER_AGE:
        return Decision(Step.GATHER)
    if any(sum(now - sent < span for sent in load.recent) >= most for most, span in RATES):
        return Decision(Step.WAIT, until=now + GATHER_WAIT, holds_lane=True)
    return Decision(Step.SEND)


def _decide_edit(delivery: Delivery, alert: Alert | None, channel: Channel | None, now: datetime) -> Decision:
    """A message that stands changes its words when the alert did: without a sound, and not too often."""
    if alert is None or channel is None or channel.disabled_reason or alert.revision <= delivery.revision:
        return Decision(Step.KEEP)
    if channel.held_until is not None and channel.held_until > now:
        return Decision(Step.WAIT, until=channel.held_until, holds_lane=True)
    last = delivery.reference.get("changed_at")
    ready = (datetime.fromisoformat(last) if last else delivery.at or now) + EDIT_EVERY
    return Decision(Step.WAIT, until=ready) if ready > now else Decision(Step.EDIT)


def next_try(delivery: Delivery, now: datetime, *, spread: float, retry_after: float | None = None) -> datetime | None:
    """When a delivery that failed for now is tried again; nothing once a day of tries has passed. `spread` is random, 0 to 1."""
    if retry_after is not None:
        due = now + min(timedelta(seconds=max(retry_after, 0.0)), LONGEST_HOLD)
    else:
        due = now + spaced(RETRIES[min(max(delivery.attempts, 1), len(RETRIES)) - 1], spread)
    return due if due - (delivery.first_try_at or now) <= GIVE_UP_AFTER else None


def lane_rest(failures: int, spread: float) -> timedelta:
    """How long a lane rests after so many failures in a row, so that a dead receiver takes nobody's time."""
    return spaced(RETRIES[min(max(failures, 1), _LANE_STEPS) - 1], spread)


def spaced(wait: timedelta, spread: float) -> timedelta:
    """The wait and up to a tenth more, so that many do not come back at once."""
    return wait * (1 + JITTER * spread)
