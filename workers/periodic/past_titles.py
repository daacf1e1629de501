"""Edits the titles of messages in Slack to the past tense once the visit is over. A sweep of workers.periodic.sweeps."""

from datetime import datetime

from tracker.actions.deps import Deps
from tracker.domain.alerting.alert import PRESENT_FOR
from tracker.domain.alerting.delivery import Delivery

_AT_ONCE = 500


def tell_past(deps: Deps, now: datetime) -> None:
    """Makes the deliveries due whose alert's visit is over, and wakes the notifier."""
    by_workspace: dict[str, list[Delivery]] = {}
    for delivery in deps.store.delivery_queue.in_present(now - PRESENT_FOR, limit=_AT_ONCE):
        by_workspace.setdefault(delivery.workspace, []).append(delivery)
    over: list[Delivery] = []
    for workspace, deliveries in by_workspace.items():
        alerts = deps.store.of(workspace).alerts.by_ids(delivery.alert for delivery in deliveries)
        over += [d for d in deliveries if (alert := alerts.get(d.alert)) is None or alert.title_at(now) != alert.title]
    if deps.store.delivery_queue.edit_to_past(over, now):
        deps.wake.notify()
