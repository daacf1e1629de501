"""Recounting: takes dirty marks, brings visitors and then leads up to date. Called by the jobs and the sweep."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.store.activity.dirty_marks import Mark
from workers.recompute.batch import Batch

log = logging.getLogger(__name__)

AT_ONCE = 200
CROWDED = 2
"""So many times as many at once where more live marks are waiting than that: each takes its part in what a batch costs.

Not of the bulk lane, whose leads are read with all their days: there a batch would take long, and a lead that does something
meanwhile would wait for it.
"""
_LEADS_FIRST = 4
"""In a crowded lane each fourth batch is of leads first: those alone (opens, notes) come after visitors otherwise."""
_INSIST_SECONDS = 20.0
_INSIST_PAUSE = 0.5

_beside = ThreadPoolExecutor(1, thread_name_prefix="leads")


def recount(deps: Deps, lane: str, *, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Works through a lane until nothing is free or it may not go on, one batch at least; how many marks were done.

    While more live marks wait than a batch takes, a batch's visitors are counted beside the leads of the one before, since the
    ones are mostly waiting for MongoDB and the others mostly computing. Raises PyMongoError where the store is away.
    """
    done, number, is_full = 0, 0, False
    before: Future[int] | None = None
    batches: list[Batch] = []
    with _released_when_away(deps, batches):
        try:
            while True:
                # What failed before is not taken beside others, which it might take down.
                marks = _next(deps, lane, number, is_crowded=is_full, only_fresh=before is not None)
                if before and not marks:
                    done, before = done + before.result(), None
                    continue
                if not marks:
                    break
                is_full = len(marks) >= _size(lane, is_crowded=is_full)
                batch = Batch(deps, marks)
                batches[:] = [*batches[-1:], batch]
                batch.count_visitors()
                if before:
                    done, before = done + before.result(), None
                    batch.follow(batches[0])
                if is_full and lane == "live":
                    before = _beside.submit(batch.count_leads)
                else:
                    done += batch.count_leads()
                number += 1
                if not may_go_on():
                    break
        finally:
            done += before.result() if before else 0
    return done


def _size(lane: str, *, is_crowded: bool) -> int:
    return AT_ONCE * CROWDED if is_crowded and lane == "live" else AT_ONCE


def _next(deps: Deps, lane: str, number: int, *, is_crowded: bool, only_fresh: bool) -> list[Mark]:
    """The marks of the next batch. In a crowded lane visitors first, since they bring their leads along."""
    size = _size(lane, is_crowded=is_crowded)
    if not is_crowded:
        return deps.store.dirty.claim(lane, deps.now(), size)
    kinds = ("lead", "visitor") if number % _LEADS_FIRST == _LEADS_FIRST - 1 else ("visitor", "lead")
    return claim(deps, lane, kinds, size, only_fresh=only_fresh)


def claim(
    deps: Deps, lane: str, kinds: tuple[str, str], limit: int, *, marked_before: datetime | None = None, only_fresh: bool = False
) -> list[Mark]:
    """Takes up to `limit` free marks, of the first kind if there are so many; those that failed before come by themselves, or never."""
    take = partial(deps.store.dirty.claim, lane, deps.now(), marked_before=marked_before)
    first = take(limit, kind=kinds[0], only_fresh=only_fresh)
    if len(first) >= limit or any(mark.tries > 1 for mark in first):
        return first
    return first + take(limit - len(first), kind=kinds[1], only_fresh=only_fresh or bool(first))


def recount_marks(deps: Deps, marks: list[Mark]) -> int:
    """Recounts what these marks name; how many were done. Raises PyMongoError where the store is away."""
    batch = Batch(deps, marks)
    with _released_when_away(deps, [batch]):
        batch.count_visitors()
        return batch.count_leads()


@contextlib.contextmanager
def _released_when_away(deps: Deps, batches: list[Batch]) -> Iterator[None]:
    """That the store went away is no fault of the marks: it is no try, and nobody has to wait for the lease."""
    try:
        yield
    except PyMongoError as error:
        log.warning("the store is away", extra={"error": type(error).__name__})
        _release(deps, [mark for batch in batches for mark in batch.held])
        raise


def _release(deps: Deps, marks: list[Mark]) -> None:
    """As soon as the store is back."""
    until = time.monotonic() + _INSIST_SECONDS
    while marks and time.monotonic() < until:
        try:
            deps.store.dirty.release(marks, deps.now())
        except PyMongoError:
            time.sleep(_INSIST_PAUSE)
        else:
            return
