"""Health of all components at one time: unavailable servers, backlogs and lags. Called by `/readyz`, the gauges and the alarms."""

import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pymongo.errors import PyMongoError
from redis import RedisError

from tracker.actions.deps import Deps
from tracker.actions.ops import spool_backlog
from tracker.actions.ops.hosts import DrainReport, drain_reports, with_stored

LATE_SECONDS = 60.0
"""A component with a longer lag is late."""
FULL_SHARE = 0.80


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """Lags in seconds and counts; None if the source of a value is unavailable."""

    mongodb: bool
    redis: bool
    drain_seconds: float | None = None
    """The longest lag of the drains that report; of all, if none does."""
    drain_events: int | None = None
    drains: dict[str, DrainReport] = field(default_factory=dict)
    """The last report of each drain, by host."""
    dirty: dict[str, int] | None = None
    dirty_seconds: float | None = None
    outbox_seconds: float | None = None
    mail: dict[str, int] | None = None
    """Email that is not sent yet, by state."""
    mail_seconds: float | None = None
    """How long the oldest email of the queue has been due."""
    disk_used: float | None = None

    @property
    def late(self) -> dict[str, str]:
        """Problems by component; empty if all are healthy."""
        found = {} if self.mongodb else {"mongodb": "away"}
        found |= {} if self.redis else {"redis": "away"}
        for part, seconds in (("drain", self.drain_seconds), ("recount", self.dirty_seconds), ("outbox", self.outbox_seconds)):
            if seconds is not None and seconds > LATE_SECONDS:
                found[part] = f"{seconds:.0f} s behind"
        return found

    @property
    def lost(self) -> dict[str, float]:
        """Hosts whose drain is silent while others report, with the seconds since its last report."""
        silent = {host: report.seconds for host, report in self.drains.items() if report.is_silent}
        return silent if len(silent) < len(self.drains) else {}


def check_health(deps: Deps) -> HealthReport:
    """Checks all components. Never raises; blocks at most for the servers' timeouts."""
    now = deps.now()
    is_redis_up, drains = _drains(deps, now)
    standing: dict[str, Any] = _in_store(deps, now) if deps.store.is_up() else {"mongodb": False}
    drains = with_stored(drains, standing.pop("hosts", []), now)
    values = {"mongodb": True, "redis": is_redis_up, "disk_used": disk_used(deps), "drains": drains}
    return HealthReport(**(values | _lag(deps, drains) | standing))


def disk_used(deps: Deps) -> float | None:
    """The used share of the disk under DATA, 0 to 1; None if it is not visible to this process."""
    return used_share(deps.settings.data)


def used_share(folder: Path) -> float | None:
    """The used share of the disk of this folder, or of where it will be."""
    try:
        usage = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists()))
    except OSError:
        return None
    return usage.used / usage.total if usage.total else None


def longest_lag(drains: dict[str, DrainReport]) -> DrainReport | None:
    """The report of the drain that is furthest behind: of those that report, or of all if none does."""
    speaking = [report for report in drains.values() if not report.is_silent]
    return max(speaking or drains.values(), key=lambda report: report.seconds, default=None)


def _drains(deps: Deps, now: datetime) -> tuple[bool, dict[str, DrainReport]]:
    """Whether Redis responds, and what the drains said there."""
    try:
        return True, drain_reports(deps, now)
    except (RedisError, OSError):
        return False, {}


def _lag(deps: Deps, drains: dict[str, DrainReport]) -> dict[str, Any]:
    """The lag of the drains together."""
    worst = longest_lag(drains)
    if worst is None:
        return {}
    if all(report.is_silent for report in drains.values()):
        return {"drain_seconds": worst.seconds, "drain_events": spool_backlog.waiting(deps.settings.spool_dir)}
    return {"drain_seconds": worst.seconds, "drain_events": sum(report.events for report in drains.values())}


def _in_store(deps: Deps, now: datetime) -> dict[str, Any]:
    try:
        marked, due = deps.store.dirty.oldest("live", now), deps.store.delivery_queue.oldest_due()
        hosts = deps.store.hosts.all()
        counts, mail, mail_due = deps.store.dirty.counts(), deps.store.mail_queue.counts(), deps.store.mail_queue.next_due()
    except PyMongoError:
        return {"mongodb": False}
    return {
        "hosts": hosts,
        "dirty": {queue: counts.get(queue, 0) for queue in ("live", "bulk", "parked")},
        "dirty_seconds": _age(marked, now),
        "outbox_seconds": _age(due, now),
        "mail": {state: mail.get(state, 0) for state in ("scheduled", "queued", "sending")},
        "mail_seconds": _age(mail_due, now),
    }


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
