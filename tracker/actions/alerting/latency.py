"""Latency and dead letters of a workspace: how long alerts took to their receivers, and those that never arrived."""

from datetime import timedelta

from tracker.actions.alerting.alerts import send_again
from tracker.actions.deps import Deps
from tracker.domain.alerting.delivery import Delivery
from tracker.rules.alerting.latency import StepLatency, latencies_of

MOST_MEASURED = 5_000
"""Of more deliveries, the latest are measured."""


def latencies(deps: Deps, workspace: str, *, days: int) -> tuple[list[StepLatency], bool]:
    """The percentiles of the last days by channel and step, and whether all deliveries of that time were measured."""
    here = deps.store.of(workspace)
    arrived = here.deliveries.arrived(deps.now() - timedelta(days=days), limit=MOST_MEASURED + 1)
    alerts = here.alerts.by_ids({one.alert for one in arrived[:MOST_MEASURED]})
    measured = [(alerts[one.alert], one) for one in arrived[:MOST_MEASURED] if one.alert in alerts]
    return latencies_of(measured), len(arrived) <= MOST_MEASURED


def replay(deps: Deps, workspace: str, delivery: str) -> Delivery:
    """Sends a delivery that was given up once more. Raises NotFound, and Conflict as `send_again`."""
    here = deps.store.of(workspace)
    found = here.deliveries.get(delivery)
    return send_again(deps, workspace, here.alerts.get(found.alert), found)
