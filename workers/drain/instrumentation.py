"""Instrumentation of the drain: metrics and log lines of each stored batch and each quarantined file."""

import logging
from datetime import datetime

from tracker.base import metrics
from workers.drain.store_batch import BatchResult

log = logging.getLogger(__name__)


def stored(result: BatchResult, now: datetime) -> None:
    """Counts a batch that is in MongoDB."""
    outcomes = {
        "event": len(result.events),
        "duplicate": result.stored - len(result.events),
        "beat": len(result.heartbeats),
        "evidence": result.evidence,
        "poison": result.poison,
        "refused": result.refused,
    }
    for outcome, count in outcomes.items():
        metrics.DRAINED.labels(outcome).inc(count)
    metrics.DRAIN_SECONDS.observe_all(max(0.0, (now - event.received).total_seconds()) for event in result.events)
    if log.isEnabledFor(logging.DEBUG):
        for event in result.events:
            log.debug("stored", extra={"event": event.id, "kind": event.kind.value, "row": event.sequence})
    if result.poison:
        log.warning("spool rows quarantined", extra={"rows": result.poison})


def quarantined(file: str, error: str, rows_saved: int) -> None:
    """Counts a damaged spool file that was moved to the folder `quarantine`. `rows_saved`: rows that were read despite the damage."""
    metrics.QUARANTINED.inc()
    log.error("spool file quarantined", extra={"file": file, "error": error, "rows_saved": rows_saved})
