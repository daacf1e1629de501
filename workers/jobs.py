"""The RQ jobs: wake-ups that carry nothing. What is to be done stands in MongoDB. Named in tracker.rq_queue.JOBS."""

import time

from tracker.actions.deps import Deps
from tracker.rq_worker import STOPPING
from workers.recompute.run import recount as recount_lane

_SECONDS = 8.0
"""A job that could go on hands the rest to the next one after that: before its wake-up, taken long ago, is followed by others."""


class _Holder:
    """The process's dependencies; a job is a bare function, so they stand here."""

    deps: Deps | None = None


def install(deps: Deps) -> None:
    """Called once by the process before it takes jobs."""
    _Holder.deps = deps


def recount() -> int:
    """Recounts what happened just now; how many marks were done."""
    return _run("live")


def recount_bulk() -> int:
    """Recounts backlog, reclassified and rescored leads."""
    return _run("bulk")


def _run(lane: str) -> int:
    deps = _Holder.deps
    if deps is None:
        raise RuntimeError("this process has not been installed")
    until = time.monotonic() + _SECONDS
    deps.wake.disarm(lane)
    done = recount_lane(deps, lane, may_go_on=lambda: time.monotonic() < until and not STOPPING.is_set())
    if time.monotonic() >= until or STOPPING.is_set():
        (deps.wake.live if lane == "live" else deps.wake.bulk)()
    return done
