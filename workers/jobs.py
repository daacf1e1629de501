"""The RQ jobs: wake-ups that carry nothing. What is to be done stands in MongoDB. Named in tracker.enqueue.JOBS."""

from tracker.actions.deps import Deps
from workers.recount import recount as recount_lane


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
    deps.wake.disarm(lane)
    return recount_lane(deps, lane)
