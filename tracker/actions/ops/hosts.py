"""The hosts: each process reports itself to MongoDB; drains report their lag to Redis, too, every second. Read by health, alarms and `leadlight ps`."""

import contextlib
import json
import logging
import os
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import PyMongoError
from redis import RedisError

from tracker.actions.deps import Deps, start_deps
from tracker.actions.ops.key_distribution import known_keys
from tracker.base.clock import to_ms
from tracker.base.errors import LeadlightError
from tracker.base.http.probe_port import serve_probes
from tracker.base.settings import Settings
from tracker.domain.ops.host import DRAIN, GONE, HostReport, SpoolState

log = logging.getLogger(__name__)

DRAINS_KEY = "ll:drains"
"""Redis hash of the drains' lags by host: {at, lag_events, lag_seconds}. It does not expire: an old one means a stopped drain."""
_FORMER_KEY = "ll:drain"
"""What processes of before the release of 0.1.0 read during an upgrade. To be removed with 0.2."""
REPORT_SECONDS = 10.0
SILENT_SECONDS = 8.0
"""A drain that said nothing for this long is stopped, or cut off."""
_EXPIRE = timedelta(minutes=10)
_EXPIRE_DRAIN = timedelta(days=30)
_NO_HOST = ""
"""Stands for the drain of an installation none of whose drains has reported yet."""


@dataclass(frozen=True, slots=True)
class DrainReport:
    """The last report of a drain. Without a recent one the drain is stopped, and an unknown number of events waits."""

    seconds: float
    events: int
    is_silent: bool


def start_process(settings: Settings, process: str, *, retry_writes: bool = True) -> Deps:
    """As `start_deps`; reports the process every ten seconds, from a thread that ends with it, and serves its probes."""
    deps = start_deps(settings, retry_writes=retry_writes)
    serve_probes(settings, deps.store.is_up)
    threading.Thread(target=_report, args=(deps, process), name="host-report", daemon=True).start()
    return deps


def report_drain(deps: Deps, state: SpoolState, *, to_store: bool) -> None:
    """Reports the drain of this host: to Redis, and if wanted to MongoDB. Never raises, whether they respond or not."""
    host, now = deps.settings.host_name, deps.now()
    hint = {"at": to_ms(now), "lag_events": state.lag_events, "lag_seconds": state.lag_seconds}
    with contextlib.suppress(RedisError, OSError):
        pipe = deps.redis.pipeline(transaction=False)
        pipe.hset(DRAINS_KEY, host, json.dumps(hint))
        pipe.set(_FORMER_KEY, json.dumps(hint))
        pipe.execute()
    if to_store:
        with contextlib.suppress(PyMongoError, OSError):
            keys = deps.keys.fingerprint()
            deps.store.hosts.report(HostReport(host=host, process=DRAIN, at=now, pid=os.getpid(), known_keys=keys, spool=state))


def drain_reports(deps: Deps, now: datetime) -> dict[str, DrainReport]:
    """The last report of each drain by host, from Redis. Raises RedisError, OSError while it is unavailable."""
    raw: Any = deps.redis.hgetall(DRAINS_KEY)
    if not raw:  # no report since Redis was emptied; the time without reports starts here
        deps.redis.hsetnx(DRAINS_KEY, _NO_HOST, json.dumps({"at": to_ms(now), "lag_events": 0, "lag_seconds": 0}))
        return {}
    found = {host.decode(errors="replace"): report for host, text in raw.items() if (report := _parsed(text, now))}
    return found if len(found) == 1 else {host: report for host, report in found.items() if host != _NO_HOST}


def with_stored(reports: dict[str, DrainReport], stored: list[HostReport], now: datetime) -> dict[str, DrainReport]:
    """The reports, completed by those of hosts that MongoDB knows and Redis does not: it was emptied since they were lost."""
    others = {row.host: row for row in stored if row.process == DRAIN and row.spool and row.host not in reports}
    made = {
        host: _report_of((now - row.at).total_seconds(), row.spool.lag_seconds, row.spool.lag_events)
        for host, row in others.items()
        if row.spool and row.is_silent(now)
    }
    return {host: report for host, report in (reports | made).items() if host != _NO_HOST or not made}


def forget_host(deps: Deps, host: str) -> int:
    """Removes a host that was taken out for good; returns the number of its processes.

    Raises LeadlightError for an unknown host and for one that still reports; PyMongoError, RedisError.
    """
    known = [row for row in deps.store.hosts.all() if row.host == host]
    if any(not row.is_silent(deps.now()) for row in known):
        raise LeadlightError(f"{host} still reports; stop its processes first, and wait {GONE.total_seconds():.0f} s")
    count, gone = deps.store.hosts.forget(host), deps.redis.hdel(DRAINS_KEY, host)
    if not count and not gone:
        raise LeadlightError(f"there is no host {host}; see `leadlight ps --all`")
    return count


def leave(deps: Deps) -> None:
    """Removes the drain of this host from the reports: its spool is empty and no edge writes to it. Never raises."""
    host = deps.settings.host_name
    with contextlib.suppress(PyMongoError, RedisError, OSError):
        deps.store.hosts.leave(HostReport(host=host, process=DRAIN, at=deps.now()))
        deps.redis.hdel(DRAINS_KEY, host)


def forget_old_hosts(deps: Deps, now: datetime) -> None:
    """Removes processes without reports: of a drain after a month, since its disk may hold events; of others after ten minutes. A sweep."""
    if count := deps.store.hosts.expire(before=now - _EXPIRE, drains_before=now - _EXPIRE_DRAIN):
        log.info("silent processes were removed from the list", extra={"count": count})


def _report(deps: Deps, process: str) -> None:
    never = threading.Event()
    while True:
        with contextlib.suppress(PyMongoError, OSError):
            report = HostReport(host=deps.settings.host_name, process=process, at=deps.now(), pid=os.getpid(), known_keys=known_keys(deps))
            deps.store.hosts.report(report)
        never.wait(REPORT_SECONDS)


def _parsed(raw: bytes, now: datetime) -> DrainReport | None:
    try:
        hint = json.loads(raw)
        return _report_of((to_ms(now) - float(hint["at"])) / 1000, float(hint["lag_seconds"]), int(hint["lag_events"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _report_of(silent: float, said: float, events: int) -> DrainReport:
    is_quiet = silent > SILENT_SECONDS
    return DrainReport(max(said, silent) if is_quiet else said, events, is_quiet)
