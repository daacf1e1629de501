"""Metrics: every name Leadlight measures, in one table, and the cheap way to count on a hot path. Read at `/metrics`.

With PROMETHEUS_MULTIPROC_DIR set before the process starts, all processes of an instance are summed into one answer.
"""

import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from tracker.base import countfile

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
countfile.use()

_LATEST: Final = "mostrecent"
"""A gauge is set by the schedule alone; what another process once set is out of date."""
_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3600)


class BulkHistogram(Histogram):
    """A histogram that takes in what a whole batch has measured for little more than one value costs."""

    def observe_all(self, amounts: Iterable[float]) -> None:
        """As `observe` for each of them."""
        self._raise_if_not_observable()  # type: ignore[no-untyped-call]  # the library types its own, not this
        amounts = sorted(amounts)
        self._sum.inc(sum(amounts))
        done = 0
        for bucket, bound in zip(self._buckets, self._upper_bounds, strict=True):
            end = bisect_right(amounts, bound, lo=done)
            if end > done:
                bucket.inc(end - done)
            done = end


EDGE_ANSWERS = Counter("leadlight_edge_answers", "Requests the edge answered, by route and status.", ["route", "status"])
EDGE_ACCEPTED = Counter("leadlight_edge_accepted", "Captures handed to the spool, by kind.", ["kind"])
EDGE_COMMITTED = Counter("leadlight_edge_committed", "Captures safe in the spool.")
EDGE_DROPPED = Counter("leadlight_edge_dropped", "Captures answered but not kept, by reason.", ["reason"])
EDGE_REJECTED = Counter("leadlight_edge_rejected", "Tokens and bodies refused, by reason.", ["reason"])
EDGE_CLOSED = Counter("leadlight_edge_connections_closed", "Connections the edge ended of its own accord, by reason.", ["reason"])
COMMIT_SECONDS = Histogram("leadlight_spool_commit_seconds", "Time of one group commit, without syncing it.", buckets=_FAST)
SYNC_SECONDS = Histogram("leadlight_spool_sync_seconds", "Time the disk took to sync a group (SPOOL_SYNC=full).", buckets=_FAST)
COMMIT_ROWS = Histogram("leadlight_spool_commit_rows", "Captures in one group commit.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256))

DRAINED = Counter("leadlight_drained", "Spool rows taken in, by what they became: event, duplicate, beat, evidence, poison.", ["outcome"])
DRAIN_SECONDS = BulkHistogram("leadlight_drain_seconds", "From the edge's receipt of an event to MongoDB.", buckets=_SLOW)
RECOUNTED = Counter(
    "leadlight_recounted_marks", "Dirty marks worked through, by kind and outcome: done, again, failed.", ["kind", "outcome"]
)
SCORED = Counter("leadlight_scored_leads", "Leads whose score, stage and alerts were decided anew.")
RECOUNT_SECONDS = BulkHistogram("leadlight_recount_seconds", "From a mark to the end of its recount.", buckets=_SLOW)
ALERTS = Counter("leadlight_alerts", "Alerts decided, by rule and what they are: standing, late, withdrawn.", ["rule", "state"])
ALARMS = Counter("leadlight_alarms", "Alarms rung to admins, by kind: drain, disk, drops, parked, quiet, smtp.", ["kind"])
DELIVERIES = Counter("leadlight_deliveries", "Tries to deliver alerts, by channel and outcome.", ["channel", "outcome"])
ALERT_SECONDS = Histogram(
    "leadlight_alert_seconds", "From an event to the receiver's yes to its alert.", buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3600)
)

DRAIN_LAG_SECONDS = Gauge("leadlight_drain_lag_seconds", "Age of the oldest event not yet in MongoDB.", multiprocess_mode=_LATEST)
DRAIN_LAG_EVENTS = Gauge("leadlight_drain_lag_events", "Events in the spool and not yet in MongoDB.", multiprocess_mode=_LATEST)
DIRTY = Gauge("leadlight_dirty_marks", "Leads and visitors to recount, by lane: live, bulk, parked.", ["lane"], multiprocess_mode=_LATEST)
DIRTY_SECONDS = Gauge("leadlight_dirty_age_seconds", "Since when the oldest live mark has waited.", multiprocess_mode=_LATEST)
OUTBOX_SECONDS = Gauge("leadlight_outbox_age_seconds", "How long the longest waiting delivery has been due.", multiprocess_mode=_LATEST)
DISK_USED = Gauge("leadlight_disk_used_ratio", "Share of the disk under DATA that is used, 0 to 1.", multiprocess_mode=_LATEST)


class Tally:
    """Plain counts that reach their Counter when `flush` is called, now and then: an increment costs a dict entry."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._counts: defaultdict[tuple[str | int, ...], int] = defaultdict(int)

    def add(self, *labels: str | int, by: int = 1) -> None:
        """Counts `by` more under these labels."""
        self._counts[labels] += by

    def flush(self) -> None:
        """Hands over what was counted since the last time."""
        counts, self._counts = self._counts, defaultdict(int)
        for labels, count in counts.items():
            (self._counter.labels(*labels) if labels else self._counter).inc(count)


def exposition() -> bytes:
    """All metrics in Prometheus's text form: of every process if the shared folder is set, else of this one."""
    return generate_latest(_registry())


def counted(counter: Counter, label: str) -> dict[str, float]:
    """What a counter has come to, by the values of one label: over every process if the shared folder is set."""
    found: defaultdict[str, float] = defaultdict(float)
    name = next(iter(counter.describe())).name
    for family in _registry().collect():
        for sample in family.samples if family.name == name else ():
            if sample.name == f"{name}_total":
                found[sample.labels.get(label, "")] += sample.value
    return dict(found)


def _registry() -> CollectorRegistry:
    if not os.environ.get(_FOLDER):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
