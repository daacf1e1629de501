"""Health of all components at one time: unavailable servers, backlogs and lags. Called by `/readyz`, the gauges and the alarms."""

import json
import shutil
from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import PyMongoError
from redis import RedisError

from tracker.actions.deps import Deps
from tracker.actions.ops import spool_backlog
from tracker.base.clock import to_ms

DRAIN_KEY = "ll:drain"
"""Redis key of the drain's lag, written every second: {at, lag_events, lag_seconds}. It does not expire: an old one means a stopped drain."""
LATE_SECONDS = 60.0
"""A component with a longer lag is late."""
FULL_SHARE = 0.80
_SILENT_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class DrainReport:
    """The last report of the drain. Without a recent one the drain is stopped, and an unknown number of events waits."""

    seconds: float
    events: int
    is_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """Lags in seconds and counts; None if the source of a value is unavailable."""

    mongodb: bool
    redis: bool
    drain_seconds: float | None = None
    drain_events: int | None = None
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


def check_health(deps: Deps) -> HealthReport:
    """Checks all components. Never raises; blocks at most for the servers' timeouts."""
    now = deps.now()
    is_redis_up, lag = _lag(deps, now)
    standing = _in_store(deps, now) if deps.store.is_up() else {"mongodb": False}
    return HealthReport(**({"mongodb": True, "redis": is_redis_up, "disk_used": disk_used(deps)} | lag | standing))


def disk_used(deps: Deps) -> float | None:
    """The used share of the disk under DATA, 0 to 1; None if it is not visible to this process."""
    data = deps.settings.data
    try:
        usage = shutil.disk_usage(next(folder for folder in (data, *data.parents) if folder.exists()))
    except OSError:
        return None
    return usage.used / usage.total if usage.total else None


def last_drain_report(deps: Deps, now: datetime) -> DrainReport | None:
    """The last report; None without a readable one. Raises RedisError, OSError while Redis is unavailable."""
    raw = deps.redis.get(DRAIN_KEY)
    if raw is None:  # no report since Redis was emptied; the time without reports starts here
        deps.redis.set(DRAIN_KEY, json.dumps({"at": to_ms(now), "lag_events": 0, "lag_seconds": 0}), nx=True)
        return None
    try:
        hint = json.loads(raw)
        silent = (to_ms(now) - float(hint["at"])) / 1000
        said, events = float(hint["lag_seconds"]), int(hint["lag_events"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    is_silent = silent > _SILENT_SECONDS
    return DrainReport(max(said, silent) if is_silent else said, events, is_silent)


def _lag(deps: Deps, now: datetime) -> tuple[bool, dict[str, float | None]]:
    """Whether Redis responds, and the drain's lag."""
    try:
        report = last_drain_report(deps, now)
    except (RedisError, OSError):
        return False, {}
    if report is None:
        return True, {}
    events = spool_backlog.waiting(deps.settings.spool_dir) if report.is_silent else report.events
    return True, {"drain_seconds": report.seconds, "drain_events": events}


def _in_store(deps: Deps, now: datetime) -> dict[str, object]:
    try:
        marked, due = deps.store.dirty.oldest("live", now), deps.store.delivery_queue.oldest_due()
        counts, mail, mail_due = deps.store.dirty.counts(), deps.store.mail_queue.counts(), deps.store.mail_queue.next_due()
    except PyMongoError:
        return {"mongodb": False}
    return {
        "dirty": {queue: counts.get(queue, 0) for queue in ("live", "bulk", "parked")},
        "dirty_seconds": _age(marked, now),
        "outbox_seconds": _age(due, now),
        "mail": {state: mail.get(state, 0) for state in ("scheduled", "queued", "sending")},
        "mail_seconds": _age(mail_due, now),
    }


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
