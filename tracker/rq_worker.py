"""The RQ worker of this process: one queue, jobs run in the process itself. Called by workers.main and notifier.main.

It waits while Redis is unavailable and reconnects after a lost connection, also during a job.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

import redis
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker, WorkerStatus

from tracker.redis_client import ClusterRefused, redis_client, refuse_cluster
from tracker.rq_queue import OurJob

log = logging.getLogger(__name__)

STOP_SECONDS = 2.5
"""The process exits this long after a signal at the latest, also during a job: every job may be repeated."""
_WORKER_TTL = 60
_MAINTENANCE_SECONDS = 30
_BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0)


STOPPING = threading.Event()
"""Set when the process must stop: a job of several parts ends after the current one."""


class _Stop:
    """Handles SIGTERM and SIGINT: ends a wait at once, lets a job finish, and exits after STOP_SECONDS."""

    def __init__(self) -> None:
        self.event = STOPPING
        self.worker: _Worker | None = None

    def install(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.event.is_set():
            return
        self.event.set()
        timer = threading.Timer(STOP_SECONDS, os._exit, (0,))
        timer.daemon = True
        timer.start()
        if self.worker is None or not self.worker.is_in_a_job:
            raise StopRequested
        self.worker.end_after_job()


class _Worker(SimpleWorker):
    """RQ's worker without its signal handlers, its scheduler and its commands from Redis."""

    max_connection_wait_time = 2.0

    @property
    def is_in_a_job(self) -> bool:
        """Whether a job is running, from its first write to Redis to its last."""
        return self._state == WorkerStatus.BUSY

    def end_after_job(self) -> None:
        """Stops after the current job."""
        self._stop_requested = True

    def subscribe(self) -> None:
        """Accepts no commands from Redis: write access there is not enough to stop a worker or a job."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""

    def _install_signal_handlers(self) -> None:
        """`_Stop` handles signals."""

    def procline(self, message: str) -> None:
        """Keeps the name of the process for `ps`."""


def run_worker(queue: str, redis_url: str, *, before_exit: Callable[[], None] = lambda: None) -> None:
    """Runs jobs until SIGTERM or SIGINT; `before_exit` is called then and may take about two seconds. Main thread only.

    Exits with 2 if Redis runs in cluster mode.
    """
    stop = _Stop()
    stop.install()
    failures = 0
    try:
        while not stop.event.is_set():
            has_worked = _work_once(queue, redis_url, stop)
            failures = 0 if has_worked else failures + 1
            stop.worker = None
            stop.event.wait(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
    except StopRequested:
        pass
    except ClusterRefused as error:
        log.error("Redis cannot be used", extra={"queue": queue, "reason": str(error)})  # noqa: TRY400 - the line says it all
        before_exit()
        sys.exit(2)
    before_exit()


def _work_once(queue: str, redis_url: str, stop: _Stop) -> bool:
    """Runs RQ's worker until it stops; returns whether it could listen to the queue."""
    client = redis_client(redis_url, connect_timeout=1.0)
    try:
        refuse_cluster(client)
        worker = _Worker(
            [queue],
            connection=client,
            job_class=OurJob,
            serializer=JSONSerializer,
            worker_ttl=_WORKER_TTL,
            maintenance_interval=_MAINTENANCE_SECONDS,
            log_job_description=False,
        )
        stop.worker = worker
        worker.work(logging_level="WARNING")
    except (redis.RedisError, OSError) as error:
        log.warning("Redis is unavailable", extra={"queue": queue, "error": type(error).__name__})
        return False
    finally:
        client.close()
    return True
