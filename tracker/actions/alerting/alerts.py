"""Alerts after they were raised: done, read, snoozed, rated; and deliveries sent again. Used by console and API."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Invalid
from tracker.domain.alerting.alert import Alert, AlertState, Feedback
from tracker.domain.alerting.delivery import Delivery, DeliveryResult, DeliveryTry

STATES = ("done", "read", "unread")
LONGEST_SNOOZE = timedelta(days=366)


def mark(deps: Deps, workspace: str, alerts: Iterable[str], state: str, *, rep: str | None) -> None:
    """Marks alerts as `done`, `read` or `unread`; all end a snooze. Raises Invalid for another state."""
    store = deps.store.of(workspace).alerts
    if state not in STATES:
        raise Invalid("state", "must be done, read or unread")
    if state == "done":
        store.finish(alerts, deps.now(), rep)
    else:
        store.mark(alerts, seen_at=deps.now() if state == "read" else None)


def snooze(deps: Deps, workspace: str, alerts: Iterable[str], until: datetime) -> None:
    """Hides alerts until that moment, at which they are unread again. Raises Invalid for the past and for more than a year."""
    now = deps.now()
    if until <= now:
        raise Invalid("snooze_until", "must be in the future")
    if until - now > LONGEST_SNOOZE:
        raise Invalid("snooze_until", "must be within a year")
    deps.store.of(workspace).alerts.snooze(alerts, until)


def rate(deps: Deps, workspace: str, alerts: Iterable[str], *, useful: bool | None, rep: str | None) -> None:
    """Stores whether alerts were useful, with who says so and when; None takes it back."""
    feedback = None if useful is None else Feedback(useful=useful, by=rep, at=deps.now())
    deps.store.of(workspace).alerts.rate(alerts, feedback)


def send_again(deps: Deps, workspace: str, alert: Alert, delivery: Delivery) -> Delivery:
    """Makes a failed delivery due now, as if it were new.

    Raises Conflict if it is not failed, the alert no longer stands, or its channel is removed or off.
    """
    here, now = deps.store.of(workspace), deps.now()
    if alert.state is not AlertState.STANDING:
        raise Conflict("the alert no longer stands, so it is not sent")
    channel = here.channels.named(delivery.rep, delivery.channel)
    if channel is None:
        raise Conflict("the channel was removed")
    if channel.disabled_reason:
        raise Conflict("the channel is off; send it a test first, which switches it on again")
    tried = DeliveryTry(at=now, result=DeliveryResult.SENT_AGAIN, next_at=now)
    if not here.deliveries.send_again(delivery.id, now, tried):
        raise Conflict("only a delivery that failed can be sent again")
    deps.wake.notify()
    return here.deliveries.get(delivery.id)
