"""A batch: marks claimed together, worked through in two steps, visitors and then leads. Made by workers.recompute.run."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from bson.errors import BSONError
from pymongo.errors import PyMongoError

from tracker.actions.activity.lead_contexts import of_kept
from tracker.actions.deps import Deps
from tracker.base.errors import LeadlightError
from tracker.domain.workspace.workspace import Workspace
from tracker.store.activity.mark import Mark
from tracker.store.core.client import is_away
from tracker.store.core.run_parallel import run_parallel
from workers.recompute import instrumentation
from workers.recompute.inquiries.senders import bind_senders
from workers.recompute.leads import recompute_leads
from workers.recompute.verdicts.decide import recompute_verdicts
from workers.recompute.verdicts.ranges import joined, visitor_ranges
from workers.recompute.visitor_changes import VisitorChanges
from workers.recompute.visitors import recompute_visitors

log = logging.getLogger(__name__)

T = TypeVar("T")

_WORKSPACES = 2
_PARTS = 2
"""Workspaces worked on at once, and parts of each: while one computes, the other waits for MongoDB."""
_MIN_PART = 30
"""Marks in a part at least: fewer are not worth a query of their own."""
_RETRY_DELAY = timedelta(seconds=2)


class Batch:
    """Marks of any workspaces. Both steps raise PyMongoError while MongoDB is unreachable."""

    def __init__(self, deps: Deps, marks: Iterable[Mark]) -> None:
        self.begun = deps.now()
        by_workspace: dict[str, list[Mark]] = defaultdict(list)
        for mark in marks:
            by_workspace[mark.workspace].append(mark)
        self.workspaces = {name: WorkspaceBatch(deps, name, own) for name, own in by_workspace.items()}

    @property
    def open_marks(self) -> list[Mark]:
        """The claimed marks that are neither finished nor given back, those of changed visitors' leads included."""
        return [mark for own in self.workspaces.values() if not own.is_over for mark in own.marks]

    @property
    def has_visitors(self) -> bool:
        """Whether it concerns browsers, whose leads the second step adds to its marks."""
        return any(own.changes.decided for own in self.workspaces.values())

    def recompute_visitors(self) -> None:
        """The first step."""
        _some_at_once([own.recompute_visitors for own in self.workspaces.values()], _WORKSPACES)

    def redo_after(self, previous: "Batch") -> None:
        """Repeats the first step where the previous batch rebound a visitor that this batch had already decided.

        The first step runs beside the second step of the previous batch. The leads of the former owner are known only once
        the previous batch has saved its visitors.
        """
        for name in self.workspaces.keys() & previous.workspaces.keys():
            if self.workspaces[name].is_outdated_by(previous.workspaces[name]):
                self.workspaces[name].recompute_visitors()

    def recompute_leads(self) -> int:
        """The second step: the marked leads and those of the visitors. Returns how many marks were finished.

        Two batches must not run it at once: a lead is often in both, and one of the two results is discarded.
        """
        return sum(_some_at_once([own.recompute_leads for own in self.workspaces.values()], _WORKSPACES))


class WorkspaceBatch:
    """The marks of one workspace in a batch. A failure here does not affect other workspaces."""

    def __init__(self, deps: Deps, name: str, marks: list[Mark]) -> None:
        self._deps, self._name = deps, name
        self._workspace: Workspace | None = None
        self.changes = VisitorChanges()
        self.marks = marks
        self.is_over = False
        """Whether the marks are finished or given back."""

    def recompute_visitors(self) -> None:
        """Decides the identity of the visitors and rebuilds their visits."""
        self._guarded(self._visitors)

    def is_outdated_by(self, previous: "WorkspaceBatch") -> bool:
        """Whether a visitor was decided here before the previous batch saved that visitor's new bindings."""
        return not self.is_over and not self.changes.decided.isdisjoint(previous.changes.rebound)

    def recompute_leads(self) -> int:
        """Recomputes the leads and finishes the marks. Returns how many were finished."""
        is_whole = False if self.is_over else self._guarded(self._leads)
        if self.is_over:
            return 0
        dirty, now = self._deps.store.dirty, self._deps.now()
        (dirty.finish if is_whole else dirty.release)(self.marks, now)
        self.is_over = True
        instrumentation.marks_worked(self.marks, "done" if is_whole else "again", now)
        return len(self.marks) if is_whole else 0

    def _guarded(self, step: Callable[[], bool]) -> bool:
        """The result of the step. If it fails for any reason but an unreachable MongoDB, the marks are given back."""
        try:
            return step()
        except (LeadlightError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, BSONError, PyMongoError) as error:
            if isinstance(error, PyMongoError) and is_away(error):
                raise
            log.exception("recompute failed", extra={"workspace": self._name, "marks": len(self.marks)})
            self._deps.store.dirty.give_back(self.marks, self._deps.now(), after=_RETRY_DELAY)
            self.is_over = True
            instrumentation.marks_worked(self.marks, "failed", self._deps.now())
            return False

    def _visitors(self) -> bool:
        self._workspace, self.changes = self._deps.store.workspaces.find(self._name), VisitorChanges()
        if self._workspace:
            store, sealed = self._deps.store.of(self._name), self._workspace.sealed_before
            verdicts = recompute_verdicts(self._deps, self._workspace, store, self.marks)
            self.marks += verdicts.claimed
            self.changes.leads |= verdicts.leads
            self.changes.leads |= bind_senders(self._deps, self._workspace, store, verdicts.inquiries)
            ranges = joined(visitor_ranges(self.marks), verdicts.visitors)
            parts = [dict(part) for part in _parts(list(ranges.items()))]
            for changes in _some_at_once([partial(recompute_visitors, self._deps, store, part, sealed) for part in parts], _PARTS):
                self.changes = self.changes.joined(changes)
        return True

    def _leads(self) -> bool:
        """Whether all leads were saved: none was changed by another writer meanwhile."""
        if self._workspace is None:
            return True
        store, starts = self._deps.store.of(self._name), self.changes.leads
        known = {mark.subject for mark in self.marks if mark.kind == "lead"}
        if late := self._deps.store.dirty.claim_leads(self._name, starts.keys() - known, self._deps.now()):
            # Their opens and clicks may have come after the first step: its verdicts do not include them.
            self.marks += late
            for lead, at in recompute_verdicts(self._deps, self._workspace, store, late).leads.items():
                starts[lead] = min(starts.get(lead, at), at)
        for mark in self.marks:
            if mark.kind == "lead":
                starts[mark.subject] = min(starts.get(mark.subject, mark.start), mark.start)
        parts = [dict(part) for part in _parts(list(of_kept(store, starts).items()))]
        is_whole = all(_some_at_once([partial(recompute_leads, self._deps, self._workspace, store, part) for part in parts], _PARTS))
        if is_whole:
            self.changes.save(store)
        return is_whole


def _some_at_once(calls: Sequence[Callable[[], T]], most: int) -> list[T]:
    """The results of the calls, `most` of which run at once."""
    done: list[T] = []
    for at in range(0, len(calls), most):
        done += run_parallel(*calls[at : at + most])
    return done


def _parts(items: list[T]) -> list[list[T]]:
    """The items in parts of about the same size; one part where there are few, none where there are no items."""
    count = max(1, min(_PARTS, len(items) // _MIN_PART))
    return [items[at::count] for at in range(count)] if items else []
