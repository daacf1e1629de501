"""Recomputing: claims dirty marks and brings visitors, then leads, up to date. Called by the jobs and the sweep."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.store.activity.mark import Mark
from workers.recompute.batch import Batch
from workers.recompute.lease import kept

log = logging.getLogger(__name__)

BATCH_SIZE = 200
CROWDED_FACTOR = 2
"""The factor by which batches grow while more live marks wait than one takes: fewer batches share the fixed cost.

Not for the bulk queue, whose leads are read with all their days: a batch would take long, and a lead that becomes active
meanwhile would wait for it.
"""
_LEADS_FIRST_EVERY = 4
"""In a crowded queue, every fourth batch takes leads first. Leads without a visitor (opens, notes) come after visitors otherwise."""
_RELEASE_SECONDS = 20.0
_RELEASE_PAUSE = 0.5

_leads_thread = ThreadPoolExecutor(1, thread_name_prefix="leads")


def recompute(deps: Deps, queue: str, *, may_continue: Callable[[], bool] = lambda: True) -> int:
    """Works through a queue until no mark is free or it may not continue, one batch at least. Returns how many marks were finished.

    While more live marks wait than a batch takes, the visitors of a batch run beside the leads of the batch before: the first
    mostly wait for MongoDB, the second mostly compute. Raises PyMongoError while MongoDB is unreachable.
    """
    done, number, is_full = 0, 0, False
    before: Future[int] | None = None
    batches: list[Batch] = []
    with _released_when_away(deps, batches):
        try:
            while True:
                marks = _next(deps, queue, number, is_crowded=is_full, beside=batches[-1] if before else None)
                if before and not marks:
                    done, before = done + before.result(), None
                    continue
                if not marks:
                    break
                is_full = len(marks) >= _size(queue, is_crowded=is_full)
                batch = Batch(deps, marks)
                batches[:] = [*batches[-1:], batch]
                batch.recompute_visitors()
                if before:
                    done, before = done + before.result(), None
                    batch.redo_after(batches[0])
                if is_full and queue == "live":
                    before = _leads_thread.submit(batch.recompute_leads)
                else:
                    done += batch.recompute_leads()
                number += 1
                if not may_continue():
                    break
        finally:
            done += before.result() if before else 0
    return done


def _size(queue: str, *, is_crowded: bool) -> int:
    return BATCH_SIZE * CROWDED_FACTOR if is_crowded and queue == "live" else BATCH_SIZE


def _next(deps: Deps, queue: str, number: int, *, is_crowded: bool, beside: Batch | None) -> list[Mark]:
    """The marks of the next batch. Visitors first, since their leads are recomputed with them.

    `beside`: the batch whose leads are still worked on. Marks that failed before are not taken beside it: they might take it down.
    Nor are leads taken beside visitors, whose leads are marked until the second step claims them: they would be worked on twice.
    """
    size = _size(queue, is_crowded=is_crowded)
    is_turn_of_leads = is_crowded and number % _LEADS_FIRST_EVERY == _LEADS_FIRST_EVERY - 1
    if beside is not None and beside.has_visitors:
        return [] if is_turn_of_leads else deps.store.dirty.claim(queue, deps.now(), size, kind="visitor", only_fresh=True)
    kinds = ("lead", "visitor") if is_turn_of_leads else ("visitor", "lead")
    return claim(deps, queue, kinds, size, only_fresh=beside is not None)


def claim(
    deps: Deps, queue: str, kinds: tuple[str, str], limit: int, *, marked_before: datetime | None = None, only_fresh: bool = False
) -> list[Mark]:
    """Claims up to `limit` free marks, of the first kind if there are enough.

    Marks that failed before come alone, or with `only_fresh` not at all.
    """
    take = partial(deps.store.dirty.claim, queue, deps.now(), marked_before=marked_before)
    first = take(limit, kind=kinds[0], only_fresh=only_fresh)
    if len(first) >= limit or any(mark.tries > 1 for mark in first):
        return first
    return first + take(limit - len(first), kind=kinds[1], only_fresh=only_fresh or bool(first))


def recompute_marks(deps: Deps, marks: list[Mark]) -> int:
    """Recomputes what these marks name. Returns how many were finished. Raises PyMongoError while MongoDB is unreachable."""
    batch = Batch(deps, marks)
    with _released_when_away(deps, [batch]):
        batch.recompute_visitors()
        return batch.recompute_leads()


@contextlib.contextmanager
def _released_when_away(deps: Deps, batches: list[Batch]) -> Iterator[None]:
    """Renews the lease of the marks during the block. Releases the marks if MongoDB becomes unreachable: it is not counted as a try, and the lease need not run out first."""
    try:
        with kept(deps, batches):
            yield
    except PyMongoError as error:
        log.warning("MongoDB is unreachable", extra={"error": type(error).__name__})
        _release(deps, [mark for batch in batches for mark in batch.open_marks])
        raise


def _release(deps: Deps, marks: list[Mark]) -> None:
    """Releases the marks as soon as MongoDB is back, if that is within 20 seconds."""
    until = time.monotonic() + _RELEASE_SECONDS
    while marks and time.monotonic() < until:
        try:
            deps.store.dirty.release(marks, deps.now())
        except PyMongoError:
            time.sleep(_RELEASE_PAUSE)
        else:
            return
