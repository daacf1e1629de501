"""Metrics: one table of every metric, and a cheap counter for hot paths. Served at `/metrics` by workers.periodic.schedule.

If PROMETHEUS_MULTIPROC_DIR is set when a process starts, `registry` sums up the values of all processes of the instance.
"""

import contextlib
import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
if os.environ.get(_FOLDER):
    with contextlib.suppress(OSError):  # it exists, unless systemd removed it (RemoveIPC=) when the user logged out
        Path(os.environ[_FOLDER]).mkdir(mode=0o700)

_LATEST: Final = "mostrecent"
"""Only the schedule sets gauges; a value from an earlier process is out of date."""
_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3600)


class BulkHistogram(Histogram):
    """A histogram that records the values of a whole batch for little more than the cost of one value."""

    def observe_all(self, amounts: Iterable[float]) -> None:
        """Equals `observe` for each value."""
        self._raise_if_not_observable()  # type: ignore[no-untyped-call]  # the library has no types for it
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
EDGE_COMMITTED = Counter("leadlight_edge_committed", "Captures committed to the spool.")
EDGE_DROPPED = Counter("leadlight_edge_dropped", "Captures that were answered but not stored, by reason.", ["reason"])
EDGE_REJECTED = Counter("leadlight_edge_rejected", "Tokens and bodies refused, by reason.", ["reason"])
EDGE_CLOSED = Counter("leadlight_edge_connections_closed", "Connections closed by the edge, by reason.", ["reason"])
COMMIT_SECONDS = Histogram("leadlight_spool_commit_seconds", "Duration of one group commit, without the sync.", buckets=_FAST)
SYNC_SECONDS = Histogram("leadlight_spool_sync_seconds", "Duration of one sync of a group (SPOOL_SYNC=full).", buckets=_FAST)
COMMIT_ROWS = Histogram("leadlight_spool_commit_rows", "Captures in one group commit.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256))

RELAY_MAILS = Counter(
    "leadlight_relay_mails",
    "Mails from email clients, by result: kept, or the reason of the refusal (sender, recipient, recipients, opted_out, nul, unavailable, connections).",
    ["result"],
)
RELAY_SECONDS = Histogram("leadlight_relay_keep_seconds", "Time to keep a mail durably, after its last byte.", buckets=_SLOW)

DRAINED = Counter(
    "leadlight_drained",
    "Spool rows read, by result: event, duplicate, beat, evidence, poison, refused (leads who refused tracking; not stored).",
    ["outcome"],
)
QUARANTINED = Counter("leadlight_spool_quarantined_files", "Damaged spool files that were quarantined.")
DRAIN_SECONDS = BulkHistogram("leadlight_drain_seconds", "Time from the receipt of an event to its write to MongoDB.", buckets=_SLOW)
RECOUNTED = Counter("leadlight_recounted_marks", "Dirty marks processed, by kind and outcome: done, again, failed.", ["kind", "outcome"])
SCORED = Counter("leadlight_scored_leads", "Leads whose score, stage and alerts were recomputed.")
RECOUNT_SECONDS = BulkHistogram("leadlight_recount_seconds", "Time from a dirty mark to the end of its recomputation.", buckets=_SLOW)
ALERTS = Counter("leadlight_alerts", "Alerts decided, by rule and state: standing, late, withdrawn.", ["rule", "state"])
ALARMS = Counter(
    "leadlight_alarms",
    "Alarms sent to admins, by kind: backup, certificate, drain, disk, drops, hook, mail, parked, quiet, refused, smtp.",
    ["kind"],
)
DELIVERIES = Counter("leadlight_deliveries", "Attempts to deliver alerts, by channel and outcome.", ["channel", "outcome"])
WEEKLY_MAILS = Counter("leadlight_weekly_mails", "Tries of weekly mails, by outcome: sent, failed for now, given up.", ["outcome"])
HOOK_EVENTS = Counter("leadlight_hook_events", "Attempts to send events to webhooks, by outcome.", ["outcome"])
_ALERT_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3600)
ALERT_STEP_SECONDS = Histogram(
    "leadlight_alert_step_seconds",
    "Time of one step of an alert, by channel: verdict, decision, first_try, delivery, and total.",
    ["channel", "step"],
    buckets=_ALERT_BUCKETS,
)
ALERT_SECONDS = Histogram("leadlight_alert_seconds", "Time from an event to the delivery of its alert.", buckets=_ALERT_BUCKETS)

NEXT_STEPS = Counter("leadlight_next_steps", "Answers to What next?, by choice: proposed, own, none, skipped.", ["choice"])

DRAIN_LAG_SECONDS = Gauge("leadlight_drain_lag_seconds", "Age of the oldest event that is not in MongoDB yet.", multiprocess_mode=_LATEST)
DRAIN_LAG_EVENTS = Gauge("leadlight_drain_lag_events", "Events in the spool that are not in MongoDB yet.", multiprocess_mode=_LATEST)
HOST_DRAIN_LAG_SECONDS = Gauge(
    "leadlight_host_drain_lag_seconds", "The same of one host, or the time since its last report.", ["host"], multiprocess_mode=_LATEST
)
HOST_DRAIN_LAG_EVENTS = Gauge("leadlight_host_drain_lag_events", "The same of one host.", ["host"], multiprocess_mode=_LATEST)
HOSTS_SILENT = Gauge("leadlight_hosts_silent", "Hosts whose drain is silent while others report.", multiprocess_mode=_LATEST)
DIRTY = Gauge(
    "leadlight_dirty_marks", "Leads and visitors to recompute, by queue: live, bulk, parked.", ["lane"], multiprocess_mode=_LATEST
)
DIRTY_SECONDS = Gauge("leadlight_dirty_age_seconds", "Age of the oldest live mark.", multiprocess_mode=_LATEST)
OUTBOX_SECONDS = Gauge("leadlight_outbox_age_seconds", "Age of the oldest delivery that is due.", multiprocess_mode=_LATEST)
MAIL_QUEUE = Gauge(
    "leadlight_mail_queue_messages",
    "Email that is not sent yet, by state: scheduled, queued, sending.",
    ["state"],
    multiprocess_mode=_LATEST,
)
MAIL_QUEUE_SECONDS = Gauge(
    "leadlight_mail_queue_age_seconds", "Time since the email that waits longest for its try was due.", multiprocess_mode=_LATEST
)
DISK_USED = Gauge("leadlight_disk_used_ratio", "Used share of the disk under DATA, 0 to 1.", multiprocess_mode=_LATEST)


class Tally:
    """Counts in a dict and adds them to a Counter at each `flush`, so that an increment is cheap."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._counts: defaultdict[tuple[str | int, ...], int] = defaultdict(int)

    def add(self, *labels: str | int, by: int = 1) -> None:
        """Counts `by` more under these labels."""
        self._counts[labels] += by

    def flush(self) -> None:
        """Adds the counts since the last flush to the Counter."""
        counts, self._counts = self._counts, defaultdict(int)
        for labels, count in counts.items():
            (self._counter.labels(*labels) if labels else self._counter).inc(count)


def counted(counter: Counter, label: str, folder: Path | None = None) -> dict[str, float]:
    """The values of a counter by one of its labels: of all processes if PROMETHEUS_MULTIPROC_DIR is set; of those of another folder."""
    found: defaultdict[str, float] = defaultdict(float)
    name = next(iter(counter.describe())).name
    for family in registry(folder).collect():
        for sample in family.samples if family.name == name else ():
            if sample.name == f"{name}_total":
                found[sample.labels.get(label, "")] += sample.value
    return dict(found)


def registry(folder: Path | None = None) -> CollectorRegistry:
    """All metrics: of every process if PROMETHEUS_MULTIPROC_DIR is set, else of this one. Of another folder, none if it does not exist."""
    if not os.environ.get(_FOLDER) and not folder:
        return REGISTRY
    found = CollectorRegistry()
    if folder is None or folder.is_dir():
        MultiProcessCollector(found, str(folder) if folder else None)  # type: ignore[no-untyped-call]
    return found
