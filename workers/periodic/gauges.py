"""Gauges: lag and backlog of each stage, set every few seconds by the schedule. One of its sweeps."""

from datetime import datetime

from tracker.actions.deps import Deps
from tracker.actions.ops.health import HealthReport, check_health
from tracker.base import metrics


def measure(deps: Deps, now: datetime) -> None:
    """Sets every gauge. A gauge whose value is unknown now, such as while MongoDB is unreachable, keeps its last value."""
    del now
    found = check_health(deps)
    values = {
        metrics.DRAIN_LAG_SECONDS: found.drain_seconds,
        metrics.DRAIN_LAG_EVENTS: found.drain_events,
        metrics.DIRTY_SECONDS: found.dirty_seconds,
        metrics.OUTBOX_SECONDS: found.outbox_seconds,
        metrics.MAIL_QUEUE_SECONDS: found.mail_seconds,
        metrics.DISK_USED: found.disk_used,
    }
    for gauge, value in values.items():
        if value is not None:
            gauge.set(value)
    _of_hosts(found)
    for queue, count in (found.dirty or {}).items():
        metrics.DIRTY.labels(queue).set(count)
    for state, count in (found.mail or {}).items():
        metrics.MAIL_QUEUE.labels(state).set(count)


_seen: set[str] = set()
"""Hosts whose gauges were set: those of a forgotten host go to zero, since no process can remove them for all."""


def _of_hosts(found: HealthReport) -> None:
    metrics.HOSTS_SILENT.set(len(found.lost))
    drains = {host: report for host, report in found.drains.items() if host}
    _seen.update(drains)
    for host in _seen:
        report = drains.get(host)
        metrics.HOST_DRAIN_LAG_SECONDS.labels(host).set(report.seconds if report else 0)
        metrics.HOST_DRAIN_LAG_EVENTS.labels(host).set(report.events if report else 0)
