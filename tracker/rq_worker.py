"""Consuming a queue: the RQ worker of this process, one queue, jobs run in the process itself. Called by workers.main and notifier.main.

Outlives Redis: it waits for it at start, and comes back whenever the connection broke, also in the middle of a job.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker, WorkerStatus

from tracker.rq_queue import OurJob

log = logging.getLogger(__name__)

STOP_SECONDS = 2.5
"""After a signal the process is gone by then, whatever its job is doing: every job may be repeated."""
_WORKER_TTL = 60
_MAINTENANCE_SECONDS = 30
_BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0)


STOPPING = threading.Event()
"""Set when the process has been told to stop: a job of several parts ends after the one it is at."""


class _Stop:
    """What SIGTERM and SIGINT do: end a wait at once, let a job finish, and end everything after STOP_SECONDS."""

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
    """RQ's worker without its signals, its scheduler and its door for commands from Redis."""

    max_connection_wait_time = 2.0

    @property
    def is_in_a_job(self) -> bool:
        """Whether a job is being run, from its first note in Redis to its last."""
        return self._state == WorkerStatus.BUSY

    def end_after_job(self) -> None:
        """Takes no further job."""
        self._stop_requested = True

    def subscribe(self) -> None:
        """No commands from Redis: whoever can write there shall not stop or kill anything."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""

    def _install_signal_handlers(self) -> None:
        """`_Stop` has them."""

    def procline(self, message: str) -> None:
        """The process keeps its name, by which `ps` shows it."""


def run_worker(queue: str, redis_url: str, *, before_exit: Callable[[], None] = lambda: None) -> None:
    """Works through the queue until SIGTERM or SIGINT; `before_exit` runs then and has about two seconds. Main thread only."""
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
    before_exit()


def _work_once(queue: str, redis_url: str, stop: _Stop) -> bool:
    """One life of RQ's worker; whether it got as far as listening."""
    client: redis.Redis = redis.Redis.from_url(redis_url, socket_connect_timeout=1.0, retry=Retry(NoBackoff(), 0), health_check_interval=30)
    try:
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
        log.warning("Redis is out of reach", extra={"queue": queue, "error": type(error).__name__})
        return False
    finally:
        client.close()
    return True
