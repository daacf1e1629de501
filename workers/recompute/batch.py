"""A batch: marks that were taken together, counted in two steps, visitors and then leads. Made by workers.recompute.run."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from bson.errors import BSONError
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.base.errors import LeadlightError
from tracker.domain.workspace.workspace import Workspace
from tracker.store.activity.dirty_marks import Mark
from tracker.store.core.client import is_away
from tracker.store.core.run_parallel import together
from workers.recompute import instrumentation
from workers.recompute.leads import recount_leads
from workers.recompute.visitors import Brought, recount_visitors

log = logging.getLogger(__name__)

T = TypeVar("T")

_WORKSPACES = 2
_PARTS = 2
"""So many are worked on at once, and as many of each: while one computes, the other waits for MongoDB."""
_WORTH_A_PART = 30
_AGAIN = timedelta(seconds=2)


class Batch:
    """Marks of any workspaces. Both steps raise PyMongoError where the store is away."""

    def __init__(self, deps: Deps, marks: Iterable[Mark]) -> None:
        by_workspace: dict[str, list[Mark]] = defaultdict(list)
        for mark in marks:
            by_workspace[mark.workspace].append(mark)
        self.shares = {name: _Share(deps, name, own) for name, own in by_workspace.items()}

    @property
    def held(self) -> list[Mark]:
        """The marks that are neither done nor given back, with those that the visitors brought along."""
        return [mark for share in self.shares.values() if not share.is_over for mark in share.marks]

    def count_visitors(self) -> None:
        """The first step."""
        _some_at_once([share.count_visitors for share in self.shares.values()], _WORKSPACES)

    def follow(self, before: "Batch") -> None:
        """Repeats the first step where it was done beside the second step of the batch before, and that had somebody change hands who

        was decided here too: what of the former owner must be counted anew is known only now that the change is noted.
        """
        for name in self.shares.keys() & before.shares.keys():
            if self.shares[name].knew_too_little(before.shares[name]):
                self.shares[name].count_visitors()

    def count_leads(self) -> int:
        """The second step, the marked leads and those that the visitors brought along; how many marks were done.

        Not for two batches at once: a lead would often be in both, and be counted in vain by one.
        """
        return sum(_some_at_once([share.count_leads for share in self.shares.values()], _WORKSPACES))


class _Share:
    """One workspace's marks of a batch: what fails here stops no other workspace."""

    def __init__(self, deps: Deps, name: str, marks: list[Mark]) -> None:
        self._deps, self._name = deps, name
        self._workspace: Workspace | None = None
        self.brought = Brought()
        self.marks = marks
        self.is_over = False
        """Whether the marks are off the list, or back on it."""

    def count_visitors(self) -> None:
        """Binds the visitors and rebuilds their visits."""
        self._guarded(self._visitors)

    def knew_too_little(self, before: "_Share") -> bool:
        """Whether somebody was decided here whose change of hands was not noted yet."""
        return not self.is_over and not self.brought.decided.isdisjoint(before.brought.changed)

    def count_leads(self) -> int:
        """Recounts the leads and takes the marks off the list; how many were done."""
        is_whole = False if self.is_over else self._guarded(self._leads)
        if self.is_over:
            return 0
        dirty, now = self._deps.store.dirty, self._deps.now()
        (dirty.finish if is_whole else dirty.release)(self.marks, now)
        self.is_over = True
        instrumentation.recounted(self.marks, "done" if is_whole else "again", now)
        return len(self.marks) if is_whole else 0

    def _guarded(self, step: Callable[[], bool]) -> bool:
        """What the step says; gives the marks back where it fails for another reason than that the store is away."""
        try:
            return step()
        except (LeadlightError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, BSONError, PyMongoError) as error:
            if isinstance(error, PyMongoError) and is_away(error):
                raise
            log.exception("a recount failed", extra={"workspace": self._name, "marks": len(self.marks)})
            self._deps.store.dirty.give_back(self.marks, self._deps.now(), after=_AGAIN)
            self.is_over = True
            instrumentation.recounted(self.marks, "failed", self._deps.now())
            return False

    def _visitors(self) -> bool:
        self._workspace, self.brought = self._deps.store.workspaces.find(self._name), Brought()
        if self._workspace:
            store, sealed = self._deps.store.of(self._name), self._workspace.sealed_before
            parts = _parts([mark for mark in self.marks if mark.kind == "visitor"])
            for brought in _some_at_once([partial(recount_visitors, self._deps, store, part, sealed) for part in parts], _PARTS):
                self.brought = self.brought.joined(brought)
        return True

    def _leads(self) -> bool:
        """Whether no lead was changed by somebody else meanwhile."""
        if self._workspace is None:
            return True
        store, starts = self._deps.store.of(self._name), self.brought.leads
        self.marks += self._deps.store.dirty.claim_leads(self._name, starts, self._deps.now())
        for mark in self.marks:
            if mark.kind == "lead":
                starts[mark.key] = min(starts.get(mark.key, mark.start), mark.start)
        parts = [dict(part) for part in _parts(list(starts.items()))]
        is_whole = all(_some_at_once([partial(recount_leads, self._deps, self._workspace, store, part) for part in parts], _PARTS))
        if is_whole:
            self.brought.keep(store)
        return is_whole


def _some_at_once(calls: Sequence[Callable[[], T]], most: int) -> list[T]:
    """Makes the calls, so many at once."""
    done: list[T] = []
    for at in range(0, len(calls), most):
        done += together(*calls[at : at + most])
    return done


def _parts(items: list[T]) -> list[list[T]]:
    """Parts of about the same size, where that is worth it; nothing of nothing."""
    count = max(1, min(_PARTS, len(items) // _WORTH_A_PART))
    return [items[at::count] for at in range(count)] if items else []
