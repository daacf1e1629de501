"""Alerts after they were raised: done, read, snoozed, rated; and deliveries sent again. Used by console and API."""

import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import redis

from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Invalid
from tracker.domain.alerting.alert import Alert, AlertState, Feedback
from tracker.domain.alerting.delivery import Delivery, DeliveryResult, DeliveryTry
from tracker.links.urls import lead_url
from tracker.live_bus import alert_payload
from tracker.rules.alerting.routes import SHOWS_TAKEN

STATES = ("taken", "done", "read", "unread")
LONGEST_SNOOZE = timedelta(days=366)
_CONTACT_TAKES = timedelta(days=1)


def mark(deps: Deps, workspace: str, alerts: Iterable[str], state: str, *, rep: str | None) -> None:
    """Marks alerts as `taken`, `done`, `read` or `unread`; all but `taken` end a snooze. Raises Invalid for another state."""
    store = deps.store.of(workspace).alerts
    if state not in STATES:
        raise Invalid("state", "must be taken, done, read or unread")
    ids = list(alerts)
    if state in ("taken", "done"):
        take(deps, workspace, ids, rep=rep)
    if state == "done":
        store.finish(ids, deps.now(), rep)
    elif state == "taken":
        store.see(ids, deps.now())
    else:
        store.mark(ids, seen_at=deps.now() if state == "read" else None)


def take(deps: Deps, workspace: str, alerts: Iterable[str], *, rep: str | None) -> list[Alert]:
    """Notes that a rep (None: a program) deals with these: *On it*, *Call*. The first one is kept. Open consoles and messages that can be edited show it.

    Returns those that no one had taken before.
    """
    here, now = deps.store.of(workspace), deps.now()
    taken = here.alerts.take(alerts, now, rep)
    if not taken:
        return []
    if here.deliveries.edit_due({alert.id: alert.revision for alert in taken}, now, SHOWS_TAKEN):
        deps.wake.notify()
    leads, url = here.leads.by_ids({alert.lead for alert in taken if alert.lead}), deps.settings.public_url
    names = {key: lead.name for key, lead in leads.items()}
    payloads = [alert_payload(one, lead_name=names.get(one.lead, ""), url=lead_url(url, one.lead), is_silent=True) for one in taken]
    with contextlib.suppress(redis.RedisError, OSError):
        deps.bus.publish_many(workspace, payloads)
    return taken


def take_of_lead(deps: Deps, workspace: str, lead: str, *, rep: str | None) -> None:
    """Notes that the rep deals with the lead's alerts of the last day, because they contacted the lead."""
    open_ones = deps.store.of(workspace).alerts.untaken(lead, deps.now() - _CONTACT_TAKES)
    if open_ones:
        take(deps, workspace, open_ones, rep=rep)


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
