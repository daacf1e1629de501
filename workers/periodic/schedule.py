"""The schedule: a small loop with the clock injected that runs the sweeps. Several may run; a lease lets one work.

It survives MongoDB and Redis being away: a sweep that fails is logged and run again when it is due next. It also serves
`/metrics` on METRICS_PORT.
"""

import logging
import os
import signal
import socket
import sys
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType

import redis
from pymongo.errors import DuplicateKeyError, PyMongoError

from tracker.actions.deps import Deps, open_deps
from tracker.base import log as logs
from tracker.base.metrics import exposition
from tracker.base.private_files import set_private_umask
from tracker.base.settings import Settings, load
from workers.periodic.sweeps import SWEEPS, Sweep

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
_TICK_SECONDS = 0.25


class Schedule:
    """Runs each sweep when it is due, while this instance holds the lease; some run at every instance."""

    def __init__(self, deps: Deps, sweeps: tuple[Sweep, ...] = SWEEPS, name: str | None = None) -> None:
        self._deps, self._sweeps = deps, sweeps
        self._name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._due: dict[str, datetime] = {}

    def tick(self) -> int:
        """Runs what is due now; how many sweeps were run. Failures are logged, never raised."""
        now = self._deps.now()
        due = [sweep for sweep in self._sweeps if self._due.get(sweep.name, now) <= now]
        if not all(sweep.is_everywhere for sweep in due) and not self._holds_lease(now):
            due = [sweep for sweep in due if sweep.is_everywhere]
        for sweep in due:
            self._due[sweep.name] = now + sweep.every
            try:
                sweep.run(self._deps, now)
            except (PyMongoError, redis.RedisError, OSError) as error:
                log.warning("a sweep could not run", extra={"sweep": sweep.name, "error": type(error).__name__})
        return len(due)

    def _holds_lease(self, now: datetime) -> bool:
        """Whether this instance may work: the lease is its own, or free."""
        rows = self._deps.store.database.leases
        mine = {"_id": "schedule", "$or": [{"owner": self._name}, {"until": {"$lte": now}}]}
        try:
            rows.update_one(mine, {"$set": {"owner": self._name, "until": now + LEASE}}, upsert=True)
        except DuplicateKeyError:
            return False
        except PyMongoError as error:
            log.warning("the store is away", extra={"error": type(error).__name__})
            return False
        return True


class _Metrics(BaseHTTPRequestHandler):
    """GET /metrics, in Prometheus's text form."""

    def do_GET(self) -> None:
        """Answers one scrape."""
        if self.path.split("?")[0] != "/metrics":
            self.send_error(404)
            return
        body = exposition()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Scrapes are not worth a line."""


class _OverIPv6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


def serve_metrics(settings: Settings) -> ThreadingHTTPServer:
    """Starts answering on METRICS_PORT in a thread. Raises OSError if the port is taken."""
    server = (_OverIPv6 if ":" in settings.host else ThreadingHTTPServer)((settings.host, settings.metrics_port), _Metrics)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
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
    schedule = Schedule(open_deps(settings))
    while not stop.wait(_TICK_SECONDS):
        schedule.tick()
    sys.exit(0)


if __name__ == "__main__":
    main()
