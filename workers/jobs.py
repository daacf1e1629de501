"""The RQ jobs: wake-ups without arguments, since the work is in MongoDB. Listed in tracker.rq_queue.JOBS.

The function names are stable: a job that an earlier version enqueued must still find its function.
"""

import time

from tracker.actions.deps import Deps
from tracker.rq_worker import STOPPING
from workers.recompute.run import recompute

_SECONDS = 8.0
"""A job longer than this leaves the rest to a new job, so that its wake-up is not mistaken for a lost one."""


class _Holder:
    """The dependencies of the process: a job is a bare function and takes none."""

    deps: Deps | None = None


def install(deps: Deps) -> None:
    """Called once by the process before it takes jobs."""
    _Holder.deps = deps


def recount() -> int:
    """Recomputes what happened just now. Returns how many marks were finished."""
    return _run("live")


def recount_bulk() -> int:
    """Recomputes the backlog, and reclassified and rescored leads. Returns how many marks were finished."""
    return _run("bulk")


def _run(queue: str) -> int:
    deps = _Holder.deps
    if deps is None:
        raise RuntimeError("install() has not been called in this process")
    until = time.monotonic() + _SECONDS
    deps.wake.disarm(queue)
    done = recompute(deps, queue, may_continue=lambda: time.monotonic() < until and not STOPPING.is_set())
    if time.monotonic() >= until or STOPPING.is_set():
        (deps.wake.live if queue == "live" else deps.wake.bulk)()
    return done
