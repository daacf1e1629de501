"""Instrumentation of recomputing: metrics and log lines of marks and alerts."""

import logging
from collections.abc import Iterable
from datetime import datetime

from tracker.base import metrics
from tracker.domain.alerting.alert import Alert, AlertState
from tracker.store.activity.mark import Mark

log = logging.getLogger(__name__)


def marks_worked(marks: list[Mark], outcome: str, now: datetime) -> None:
    """Counts marks by outcome: `done`, `again` (another writer changed the lead meanwhile), or `failed`."""
    for kind in ("visitor", "lead"):
        metrics.RECOUNTED.labels(kind, outcome).inc(sum(mark.kind == kind for mark in marks))
    if outcome == "done":
        metrics.RECOUNT_SECONDS.observe_all(max(0.0, (now - mark.marked_at).total_seconds()) for mark in marks)


def alerts_decided(alerts: Iterable[Alert]) -> None:
    """Counts and logs alerts that are new or withdrawn; the log line connects event and alert."""
    for alert in alerts:
        metrics.ALERTS.labels(alert.rule.value, alert.state.value).inc()
        names = {"event": alert.cause, "alert": alert.id, "rule": alert.rule.value, "state": alert.state.value}
        log.log(logging.INFO if alert.state is AlertState.STANDING else logging.DEBUG, "alert", extra=names)
