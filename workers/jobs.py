"""The RQ jobs: wake-ups without arguments, since the work is in MongoDB. Listed in tracker.rq_queue.JOBS.

The function names are stable: a job that an earlier version enqueued must still find its function.
"""

import time

from tracker.actions.deps import Deps
from tracker.actions.imports.import_jobs import ImportWorker
from tracker.rq_worker import STOPPING
from workers.recompute.run import recompute

_IMPORT_SECONDS = 4.0
"""The part of a bulk job that goes to imports; the rest recomputes."""
_SECONDS = 8.0
"""A job longer than this leaves the rest to a new job, so that its wake-up is not mistaken for a lost one."""


class _Holder:
    """The dependencies of the process: a job is a bare function and takes none."""

    deps: Deps | None = None
    imports = ImportWorker()


def install(deps: Deps) -> None:
    """Called once by the process before it takes jobs."""
    _Holder.deps = deps


def recount() -> int:
    """Recomputes what happened just now. Returns how many marks were finished."""
    return _run("live")


def recount_bulk() -> int:
    """Carries out imports, then recomputes the backlog, and reclassified and rescored leads. Returns how many marks were finished."""
    return _run("bulk")


def _run(queue: str) -> int:
    deps = _Holder.deps
    if deps is None:
        raise RuntimeError("install() has not been called in this process")
    until = time.monotonic() + _SECONDS
    deps.wake.disarm(queue)
    is_left = False
    if queue == "bulk":
        import_until = time.monotonic() + _IMPORT_SECONDS
        is_left = _Holder.imports.work(deps, lambda: time.monotonic() < import_until and not STOPPING.is_set())
    done = recompute(deps, queue, may_continue=lambda: time.monotonic() < until and not STOPPING.is_set())
    if is_left or time.monotonic() >= until or STOPPING.is_set():
        (deps.wake.live if queue == "live" else deps.wake.bulk)()
    return done
