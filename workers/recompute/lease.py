"""The lease of marks that are worked on, renewed beside the work, so that those of a killed worker are soon free. Called by workers.recompute.run."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from workers.recompute.batch import Batch

LONGEST = timedelta(seconds=30)
"""A batch that takes longer hangs: its lease is no longer renewed, and another worker tries."""
_PAUSE_SECONDS = 3.0


@contextlib.contextmanager
def kept(deps: Deps, batches: Sequence[Batch]) -> Iterator[None]:
    """Renews the lease of these batches during the block; `batches` may change meanwhile."""
    over = threading.Event()
    threading.Thread(target=_keep, args=(deps, batches, over), name="lease", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def renew(deps: Deps, batches: Sequence[Batch]) -> None:
    """Renews the lease of marks that are still worked on. Raises PyMongoError."""
    now = deps.now()
    if marks := [mark for batch in tuple(batches) if now - batch.begun < LONGEST for mark in batch.open_marks]:
        deps.store.dirty.renew(marks, now)


def _keep(deps: Deps, batches: Sequence[Batch], over: threading.Event) -> None:
    while not over.wait(_PAUSE_SECONDS):
        with contextlib.suppress(PyMongoError):  # the work finds out, too
            renew(deps, batches)
