"""Work in many workspaces, one after the other: one that fails is logged, and the others follow. Called by sweeps."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator

import redis
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.base.errors import LeadlightError
from tracker.domain.workspace.workspace import Workspace

log = logging.getLogger(__name__)

_PAGE = 100
_PAUSE_SECONDS = 0.2
_MOST_IN_A_ROW = 3
"""Servers that fail so often in a row are unreachable: each further workspace would wait for the same time limit."""


def in_each(found: Iterable[Workspace], work: Callable[[Workspace], object]) -> int:
    """Does the work in these workspaces; returns in how many it failed. Raises PyMongoError, RedisError and OSError where servers are unreachable."""
    failed, in_a_row = 0, 0
    for workspace in found:
        try:
            work(workspace)
        except (PyMongoError, redis.RedisError, OSError) as error:
            log.warning("sweep failed in a workspace", extra={"workspace": workspace.id, "error": type(error).__name__})
            failed, in_a_row = failed + 1, in_a_row + 1
            if in_a_row >= _MOST_IN_A_ROW:
                raise
        except LeadlightError as error:
            log.warning("sweep failed in a workspace", extra={"workspace": workspace.id, "error": type(error).__name__})
            failed, in_a_row = failed + 1, 0
        except Exception:
            log.exception("sweep failed in a workspace", extra={"workspace": workspace.id})
            failed, in_a_row = failed + 1, 0
        else:
            in_a_row = 0
    return failed


def in_due(deps: Deps, due: Iterable[str], work: Callable[[Workspace], object]) -> int:
    """As `in_each`, in the workspaces with these ids that are still there. `due` comes from `store.due_workspaces`."""
    ids = list(due)
    return in_each(deps.store.workspaces.some(ids), work) if ids else 0


def paced(deps: Deps) -> Iterator[Workspace]:
    """All workspaces, with a short rest after each hundred, so that work in all of them is spread. For sweeps in the background."""
    after = ""
    while found := deps.store.workspaces.page(after, limit=_PAGE):
        yield from found
        if len(found) < _PAGE:
            return
        after = found[-1].id
        time.sleep(_PAUSE_SECONDS)


class WorkspaceTurns:
    """Some workspaces at a time, all of them in turn: a run costs the same however many there are."""

    def __init__(self, most: int) -> None:
        self._most, self._after = most, ""

    def next(self, deps: Deps) -> list[Workspace]:
        """Those whose turn it is; the first ones again after the last."""
        found = deps.store.workspaces.page(self._after, limit=self._most)
        self._after = found[-1].id if len(found) == self._most else ""
        return found
