"""The job queues: at most one waiting job per queue, as a wake-up. A hint only: the sweep finds the work without it."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import import_attribute

log = logging.getLogger(__name__)

JOBS = {
    "live": "workers.jobs.recount",
    "bulk": "workers.jobs.recount_bulk",
    "notify": "notifier.jobs.deliver_due",
}
"""The one job of each queue. A worker runs no other function."""

FORMER_NAMES = {
    "notifier.dispatch.deliver_due": JOBS["notify"],
    "notifier.dispatcher.deliver_due": JOBS["notify"],
}
"""Names of jobs in builds before the release of 0.1.0. Redis may hold such a job during an upgrade. To be removed with 0.2."""

ARMED_SECONDS = 10
"""A lost wake-up (Redis was emptied between the two writes) blocks the next one no longer than this."""


class OurJob(Job):
    """A job that can only run a function of JOBS: write access to Redis is not enough to run other code."""

    @property
    def func(self) -> Callable[..., Any]:
        """The function to run. Raises ValueError for any other name."""
        stored = self.func_name or ""
        name = FORMER_NAMES.get(stored, stored)
        if name not in JOBS.values():
            raise ValueError("not a job of Leadlight")
        function: Callable[..., Any] = import_attribute(name)
        return function

    success_callback = failure_callback = stopped_callback = None
    """RQ imports callbacks by a name in Redis. Leadlight uses none, so none is run."""

    def send_webhooks(self, status: str, *, exc_string: str | None = None) -> None:
        """Sends nothing: URLs in Redis are never requested."""


class WakeUps:
    """Adds the jobs. Does not raise while Redis is unavailable: MongoDB holds the work."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._queues = {name: Queue(name, connection=client, serializer=JSONSerializer, job_class=OurJob) for name in JOBS}
        self.live = partial(self._wake, "live")
        self.bulk = partial(self._wake, "bulk")
        self.notify = partial(self._wake, "notify")

    def _wake(self, name: str) -> bool:
        try:
            if not self._redis.set(_armed(name), b"1", nx=True, ex=ARMED_SECONDS):
                return False
            self._queues[name].enqueue(JOBS[name], result_ttl=0, failure_ttl=3600, job_timeout=120)
        except (redis.RedisError, OSError) as error:
            log.warning("no wake-up was sent", extra={"queue": name, "error": type(error).__name__})
            return False
        return True

    def disarm(self, name: str) -> None:
        """Called first by the job: work that arrives from now on needs a new wake-up."""
        self._redis.delete(_armed(name))

    def renew(self, name: str) -> None:
        """Called when a process starts, because the previous one may have died with the wake-up. Does not raise."""
        try:
            self.disarm(name)
        except (redis.RedisError, OSError) as error:
            log.warning("no wake-up was sent", extra={"queue": name, "error": type(error).__name__})
            return
        self._wake(name)


def _armed(name: str) -> str:
    return f"ll:armed:{name}"
