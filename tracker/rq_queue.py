"""Wake-ups: at most one un-started job per queue. A hint; the sweep finds the work without it."""

import logging
from functools import partial

import redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

JOBS = {
    "live": "workers.jobs.recount",
    "bulk": "workers.jobs.recount_bulk",
    "notify": "notifier.dispatcher.deliver_due",
}
"""The one job of each queue: the whole vocabulary that a worker of ours will run."""

ARMED_SECONDS = 10
"""A wake-up that got lost (Redis emptied between the two writes) blocks the next one no longer than this."""


class OurJob(Job):
    """A job that may only name a function of JOBS: a hostile writer in Redis cannot make a worker run its own."""

    @property
    def func(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - as in rq
        """The function to run. Raises ValueError for a name that is not ours."""
        if self.func_name not in JOBS.values():
            raise ValueError("not a job of ours")
        return super().func

    success_callback = failure_callback = stopped_callback = None
    """Named in Redis too, and imported by name: we use none, so none is run."""

    def send_webhooks(self, status: str, *, exc_string: str | None = None) -> None:
        """Addresses in Redis are nothing that we call."""


class Wake:
    """Arms the queues. Never raises when Redis is away: MongoDB knows what is to be done."""

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
            log.warning("no wake-up", extra={"queue": name, "error": type(error).__name__})
            return False
        return True

    def disarm(self, name: str) -> None:
        """Called first by the job: what comes from now on needs a new wake-up."""
        self._redis.delete(_armed(name))

    def renew(self, name: str) -> None:
        """Called by a process that begins: the one before it may have died with the wake-up in its hand. Never raises."""
        try:
            self.disarm(name)
        except (redis.RedisError, OSError) as error:
            log.warning("no wake-up", extra={"queue": name, "error": type(error).__name__})
            return
        self._wake(name)


def _armed(name: str) -> str:
    return f"ll:armed:{name}"
