"""Counting: what drain and workers measure and log of each step, so that an event can be followed by its id. Called by them."""

import logging
from collections.abc import Iterable
from datetime import datetime

from tracker.base import metrics
from tracker.domain.alerts import Alert, AlertState
from tracker.store.dirty import Mark
from workers.intake import Taken

log = logging.getLogger(__name__)


def drained(taken: Taken, now: datetime) -> None:
    """A batch of the spool is in MongoDB."""
    outcomes = {
        "event": len(taken.events),
        "duplicate": taken.stored - len(taken.events),
        "beat": len(taken.beats),
        "evidence": taken.evidence,
        "poison": taken.poison,
    }
    for outcome, count in outcomes.items():
        metrics.DRAINED.labels(outcome).inc(count)
    metrics.DRAIN_SECONDS.observe_all(max(0.0, (now - event.received).total_seconds()) for event in taken.events)
    if log.isEnabledFor(logging.DEBUG):
        for event in taken.events:
            log.debug("stored", extra={"event": event.id, "kind": event.kind.value, "row": event.sequence})
    if taken.poison:
        log.warning("spool rows set aside", extra={"rows": taken.poison})


def recounted(marks: list[Mark], outcome: str, now: datetime) -> None:
    """Marks were worked through: done; again, since somebody changed the lead meanwhile; or failed."""
    for kind in ("visitor", "lead"):
        metrics.RECOUNTED.labels(kind, outcome).inc(sum(mark.kind == kind for mark in marks))
    if outcome == "done":
        metrics.RECOUNT_SECONDS.observe_all(max(0.0, (now - mark.marked_at).total_seconds()) for mark in marks)


def decided(alerts: Iterable[Alert]) -> None:
    """Alerts that were not known before, or that no longer stand: the log leads from the event to the ring."""
    for alert in alerts:
        metrics.ALERTS.labels(alert.rule.value, alert.state.value).inc()
        names = {"event": alert.cause, "alert": alert.id, "rule": alert.rule.value, "state": alert.state.value}
        log.log(logging.INFO if alert.state is AlertState.STANDING else logging.DEBUG, "alert", extra=names)
