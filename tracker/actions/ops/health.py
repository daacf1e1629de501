"""Standing: what of the whole is late or away now, in one look. Called by `/readyz`, the gauges, alarms and `leadlight doctor`."""

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
"""Where the drain leaves its lag in Redis each second: {at, lag_events, lag_seconds}. It does not lapse: who is silent is stopped."""
LATE_SECONDS = 60.0
"""A part that is further behind is late."""
FULL_SHARE = 0.85
_SILENT_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class DrainWord:
    """What the drain said last. A drain that is silent is stopped, so what came since then waits too; how much, it cannot say."""

    seconds: float
    events: int
    is_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Seconds and counts; None where nobody could say, since what knows it is away."""

    mongodb: bool
    redis: bool
    drain_seconds: float | None = None
    drain_events: int | None = None
    dirty: dict[str, int] | None = None
    dirty_seconds: float | None = None
    outbox_seconds: float | None = None
    disk_used: float | None = None

    @property
    def late(self) -> dict[str, str]:
        """What is wrong, by part, in words; empty: all is well."""
        found = {} if self.mongodb else {"mongodb": "away"}
        found |= {} if self.redis else {"redis": "away"}
        for part, seconds in (("drain", self.drain_seconds), ("recount", self.dirty_seconds), ("outbox", self.outbox_seconds)):
            if seconds is not None and seconds > LATE_SECONDS:
                found[part] = f"{seconds:.0f} s behind"
        return found


def look(deps: Deps) -> Standing:
    """Never raises; with everything away it takes as long as the servers' time limits."""
    now = deps.now()
    is_redis_up, lag = _lag(deps, now)
    standing = _in_store(deps, now) if deps.store.is_up() else {"mongodb": False}
    return Standing(**({"mongodb": True, "redis": is_redis_up, "disk_used": disk_used(deps)} | lag | standing))


def disk_used(deps: Deps) -> float | None:
    """The used share of the disk under DATA, 0 to 1; None where this process cannot see it."""
    data = deps.settings.data
    try:
        usage = shutil.disk_usage(next(folder for folder in (data, *data.parents) if folder.exists()))
    except OSError:
        return None
    return usage.used / usage.total if usage.total else None


def last_word(deps: Deps, now: datetime) -> DrainWord | None:
    """None where the drain has said nothing yet, or nothing that can be read. Raises RedisError, OSError while Redis is away."""
    raw = deps.redis.get(DRAIN_KEY)
    if raw is None:  # nobody has said anything since Redis was emptied: the silence counts from here
        deps.redis.set(DRAIN_KEY, json.dumps({"at": to_ms(now), "lag_events": 0, "lag_seconds": 0}), nx=True)
        return None
    try:
        hint = json.loads(raw)
        silent = (to_ms(now) - float(hint["at"])) / 1000
        said, events = float(hint["lag_seconds"]), int(hint["lag_events"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    is_silent = silent > _SILENT_SECONDS
    return DrainWord(max(said, silent) if is_silent else said, events, is_silent)


def _lag(deps: Deps, now: datetime) -> tuple[bool, dict[str, float | None]]:
    """Whether Redis answers, and the drain's lag."""
    try:
        word = last_word(deps, now)
    except (RedisError, OSError):
        return False, {}
    if word is None:
        return True, {}
    events = spool_backlog.waiting(deps.settings.spool_dir) if word.is_silent else word.events
    return True, {"drain_seconds": word.seconds, "drain_events": events}


def _in_store(deps: Deps, now: datetime) -> dict[str, object]:
    try:
        marked, due = deps.store.dirty.oldest("live", now), deps.store.delivery_queue.oldest_due()
        counts = deps.store.dirty.counts()
    except PyMongoError:
        return {"mongodb": False}
    return {
        "dirty": {queue: counts.get(queue, 0) for queue in ("live", "bulk", "parked")},
        "dirty_seconds": _age(marked, now),
        "outbox_seconds": _age(due, now),
    }


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
