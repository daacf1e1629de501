"""Recounting: takes dirty marks, brings visitors and then leads up to date. Called by the jobs and the sweep."""

import logging
import time
from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

from bson.errors import BSONError
from pymongo.errors import ConnectionFailure, PyMongoError

from tracker.actions.deps import Deps
from tracker.base.errors import LeadlightError
from tracker.store.dirty import Mark
from tracker.store.together import together
from workers import counting
from workers.leads import recount_leads
from workers.visitors import recount_visitors

log = logging.getLogger(__name__)

AT_ONCE = 200
_WORTH_HALVING = 30
_LEADS_FIRST = 7
_AGAIN = timedelta(seconds=2)
_INSIST_SECONDS = 20.0
_INSIST_PAUSE = 0.5


def recount(deps: Deps, lane: str, *, rounds: int = 50) -> int:
    """Works through a lane until nothing is free, or for so many batches; how many marks were done."""
    done, is_crowded = 0, False
    for number in range(rounds):
        if is_crowded:
            # Visitors first, since they bring their leads along; but leads alone (opens, notes) never wait for long.
            marks = claim(deps, lane, ("lead", "visitor") if number % 8 == _LEADS_FIRST else ("visitor", "lead"), AT_ONCE)
        else:
            marks = deps.store.dirty.claim(lane, deps.now(), AT_ONCE)
        if not marks:
            break
        is_crowded = len(marks) >= AT_ONCE
        done += recount_marks(deps, marks)
    return done


def claim(deps: Deps, lane: str, kinds: tuple[str, str], limit: int, *, marked_before: datetime | None = None) -> list[Mark]:
    """Takes up to `limit` free marks, of the first kind if there are so many."""
    first = deps.store.dirty.claim(lane, deps.now(), limit, kind=kinds[0], marked_before=marked_before)
    if len(first) >= limit:
        return first
    return first + deps.store.dirty.claim(lane, deps.now(), limit - len(first), kind=kinds[1], marked_before=marked_before)


def recount_marks(deps: Deps, marks: list[Mark]) -> int:
    """Recounts what these marks name, workspace by workspace; one workspace's failure stops no other's; how many were done.

    Two parts at once: one is counted while the other waits for MongoDB.
    """
    by_workspace: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_workspace[mark.workspace].append(mark)
    parts = [(name, part) for name, own in by_workspace.items() for part in _halved(own)]
    done = 0
    try:
        for (one, its), *other in (parts[at : at + 2] for at in range(0, len(parts), 2)):
            if not other:
                done += _recount_part(deps, one, its)
                continue
            second, theirs = other[0]
            done += sum(together(partial(_recount_part, deps, one, its), partial(_recount_part, deps, second, theirs)))
    except ConnectionFailure as error:
        log.warning("the store is away", extra={"error": type(error).__name__})
        _release_when_back(deps, [*marks, *(mark for _, part in parts for mark in part)])
        raise
    return done


def _halved(marks: list[Mark]) -> list[list[Mark]]:
    half = len(marks) // 2
    return [marks[:half], marks[half:]] if half >= _WORTH_HALVING else [marks]


def _recount_part(deps: Deps, workspace: str, marks: list[Mark]) -> int:
    """Recounts one workspace's marks and takes them off the list; how many were done. Raises ConnectionFailure."""
    try:
        is_whole = _recount(deps, workspace, marks)
    except ConnectionFailure:
        raise
    except (LeadlightError, ValueError, KeyError, TypeError, ArithmeticError, BSONError, PyMongoError):
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
    """Recounts one workspace's marks; adds to them those of leads that the visitors brought along."""
    workspace = deps.store.workspaces.find(name)
    if workspace is None:
        return True
    store = deps.store.of(name)
    starts = recount_visitors(deps, store, [mark for mark in marks if mark.kind == "visitor"], workspace.sealed_before)
    marks += deps.store.dirty.claim_leads(name, starts, deps.now())
    for mark in marks:
        if mark.kind == "lead":
            starts[mark.key] = _earlier(starts.get(mark.key), mark.start)
    return recount_leads(deps, workspace, store, starts) if starts else True


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
