"""The schedule: a loop with an injected clock that runs the sweeps. Several instances may run; the one with the lease works.

A sweep that fails, such as while MongoDB or Redis is unreachable, is logged and runs again when it is next due. The process
also serves `/metrics` on METRICS_PORT.
"""

import logging
import os
import secrets
import signal
import sys
import threading
from datetime import datetime, timedelta
from types import FrameType
from wsgiref.simple_server import WSGIServer

import redis
from prometheus_client import start_http_server
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.ops.hosts import start_process
from tracker.base import log as logs
from tracker.base import metrics
from tracker.base.private_files import set_private_umask
from tracker.base.settings import Settings, load
from workers.periodic.sweeps import SWEEPS, Sweep

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=10)
_TICK_SECONDS = 0.25


class Schedule:
    """Runs each sweep when it is due, while this instance holds the lease; some run at every instance."""

    def __init__(self, deps: Deps, sweeps: tuple[Sweep, ...] = SWEEPS, name: str | None = None) -> None:
        self._deps, self._sweeps = deps, sweeps
        self._name = name or f"{deps.settings.host_name}:{os.getpid()}:{secrets.token_hex(4)}"  # two machines may have the same name
        self._due: dict[str, datetime] = {}

    def tick(self) -> int:
        """Runs the sweeps that are due; returns how many. Failures are logged, never raised."""
        now = self._deps.now()
        due = [sweep for sweep in self._sweeps if self._due.get(sweep.name, now) <= now]
        if not all(sweep.is_everywhere for sweep in due) and not self._holds_lease(now):
            due = [sweep for sweep in due if sweep.is_everywhere]
        for sweep in due:
            self._due[sweep.name] = now + sweep.every
            try:
                sweep.run(self._deps, now)
            except (PyMongoError, redis.RedisError, OSError) as error:
                log.warning("sweep failed", extra={"sweep": sweep.name, "error": type(error).__name__})
        return len(due)

    def _holds_lease(self, now: datetime) -> bool:
        """Whether this instance may work: the lease is its own, or free."""
        try:
            return self._deps.store.leases.acquire("schedule", self._name, now, LEASE)
        except PyMongoError as error:
            log.warning("MongoDB is unreachable", extra={"error": type(error).__name__})
            return False


def serve_metrics(settings: Settings) -> WSGIServer:
    """Serves `/metrics` on METRICS_PORT from a thread. Raises OSError if the port is taken."""
    server, _ = start_http_server(settings.metrics_port, settings.host or "0.0.0.0", metrics.registry())
    return server


def main() -> None:
    """The process `schedule`."""
    settings = load()
    set_private_umask()
    logs.set_up(settings.log_level)
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        serve_metrics(settings)
    except OSError as error:
        log.error("no metrics: port %d cannot be used (%s)", settings.metrics_port, error.strerror)  # noqa: TRY400 - the line says it all
    schedule = Schedule(start_process(settings, "schedule"))
    while not stop.wait(_TICK_SECONDS):
        schedule.tick()
    sys.exit(0)


if __name__ == "__main__":
    main()
