"""Recounting: takes dirty marks, brings visitors and then leads up to date. Called by the jobs and the sweep."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bson.errors import BSONError
from pymongo.errors import ConnectionFailure, PyMongoError

from tracker.actions.deps import Deps
from tracker.base.errors import LeadlightError
from tracker.store.dirty import Mark
from tracker.store.together import together
from workers import counting
from workers.leads import recount_leads
from workers.visitors import Brought, recount_visitors

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 200
_CROWDED = 2
"""So many times as many at once where more are waiting than that: each takes its part in what a batch costs, and all wait less."""
_WORTH_HALVING = 30
_LEADS_FIRST = 7
_AGAIN = timedelta(seconds=2)
_INSIST_SECONDS = 20.0
_INSIST_PAUSE = 0.5


def recount(deps: Deps, lane: str, *, rounds: int = 25) -> int:
    """Works through a lane until nothing is free, or for so many batches; how many marks were done."""
    done, is_crowded = 0, False
    for number in range(rounds):
        at_once = AT_ONCE * _CROWDED if is_crowded else AT_ONCE
        if is_crowded:
            # Visitors first, since they bring their leads along; but leads alone (opens, notes) never wait for long.
            marks = claim(deps, lane, ("lead", "visitor") if number % 8 == _LEADS_FIRST else ("visitor", "lead"), at_once)
        else:
            marks = deps.store.dirty.claim(lane, deps.now(), at_once)
        if not marks:
            break
        is_crowded = len(marks) >= at_once
        done += recount_marks(deps, marks)
    return done


def claim(deps: Deps, lane: str, kinds: tuple[str, str], limit: int, *, marked_before: datetime | None = None) -> list[Mark]:
    """Takes up to `limit` free marks, of the first kind if there are so many."""
    first = deps.store.dirty.claim(lane, deps.now(), limit, kind=kinds[0], marked_before=marked_before)
    if len(first) >= limit:
        return first
    return first + deps.store.dirty.claim(lane, deps.now(), limit - len(first), kind=kinds[1], marked_before=marked_before)


def recount_marks(deps: Deps, marks: list[Mark]) -> int:
    """Recounts what these marks name, two workspaces at once; one workspace's failure stops no other's; how many were done."""
    by_workspace: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_workspace[mark.workspace].append(mark)
    try:
        return sum(_two_at_once([partial(_recount_part, deps, name, own) for name, own in by_workspace.items()]))
    except PyMongoError as error:
        log.warning("the store is away", extra={"error": type(error).__name__})
        _release_when_back(deps, [*marks, *(mark for own in by_workspace.values() for mark in own)])
        raise


def _two_at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Makes the calls: one is worked on while the other waits for MongoDB."""
    done: list[T] = []
    for at in range(0, len(calls), 2):
        done += together(*calls[at : at + 2]) if at + 1 < len(calls) else [calls[at]()]
    return done


def _recount_part(deps: Deps, workspace: str, marks: list[Mark]) -> int:
    """Recounts one workspace's marks and takes them off the list; how many were done. Raises PyMongoError where the store is away."""
    try:
        is_whole = _recount(deps, workspace, marks)
    except (LeadlightError, ValueError, KeyError, TypeError, ArithmeticError, BSONError, PyMongoError) as error:
        if isinstance(error, PyMongoError) and (error.timeout or isinstance(error, ConnectionFailure)):
            raise
        log.exception("a recount failed", extra={"workspace": workspace, "marks": len(marks)})
        deps.store.dirty.give_back(marks, deps.now(), after=_AGAIN)
        counting.recounted(marks, "failed", deps.now())
        return 0
    if not is_whole:
        deps.store.dirty.release(marks, deps.now())
        counting.recounted(marks, "again", deps.now())
        return 0
    deps.store.dirty.finish(marks, deps.now())
    counting.recounted(marks, "done", deps.now())
    return len(marks)


def _release_when_back(deps: Deps, marks: list[Mark]) -> None:
    """That the store went away is no fault of the marks: it is no try, and nobody has to wait for the lease."""
    until = time.monotonic() + _INSIST_SECONDS
    while time.monotonic() < until:
        try:
            deps.store.dirty.release(marks, deps.now())
        except PyMongoError:
            time.sleep(_INSIST_PAUSE)
        else:
            return


def _recount(deps: Deps, name: str, marks: list[Mark]) -> bool:
    """Recounts one workspace's marks; adds to them those of leads that the visitors brought along.

    Visitors first, then leads, so that no lead is counted by two at once; either in halves beside each other.
    """
    workspace = deps.store.workspaces.find(name)
    if workspace is None:
        return True
    store, sealed = deps.store.of(name), workspace.sealed_before
    visitors = _halved([mark for mark in marks if mark.kind == "visitor"])
    brought = Brought()
    for some in _two_at_once([partial(recount_visitors, deps, store, half, sealed) for half in visitors]):
        brought = brought.joined(some)
    starts = brought.leads
    marks += deps.store.dirty.claim_leads(name, starts, deps.now())
    for mark in marks:
        if mark.kind == "lead":
            starts[mark.key] = min(starts.get(mark.key, mark.start), mark.start)
    leads = [dict(half) for half in _halved(list(starts.items()))]
    is_whole = all(_two_at_once([partial(recount_leads, deps, workspace, store, half) for half in leads]))
    if is_whole:
        brought.keep(store)
    return is_whole


def _halved(items: list[T]) -> list[list[T]]:
    """Two halves where that is worth it; nothing of nothing."""
    half = len(items) // 2
    if half >= _WORTH_HALVING:
        return [items[:half], items[half:]]
    return [items] if items else []
