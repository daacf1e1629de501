"""Instrumentation of the drain: metrics and log lines of each stored batch."""

import logging
from datetime import datetime

from tracker.base import metrics
from workers.drain.store_batch import Taken

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
