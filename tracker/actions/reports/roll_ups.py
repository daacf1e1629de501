"""Roll-ups: the tables of workspaces with many leads, stored in blocks, so that a process that starts need not read all leads.

A sweep keeps them complete, an erasure removes its lead at once. Derived: `leadlight rebuild-reports` makes them anew.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bson.timestamp import Timestamp

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import WorkspaceTurns, in_due, in_each
from tracker.actions.reports.followed_tables import changed_leads, guessed, with_changes
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.reports.columns.blocks import FORMAT, from_bytes, to_bytes
from tracker.rules.reports.columns.names import Names
from tracker.rules.reports.columns.packing import packed
from tracker.rules.reports.columns.tables import Tables, empty, joined
from tracker.store.reports.report_blocks import BLOCKS, BlocksState, StoredBlock, block_of
from tracker.store.reports.report_changes import ReportChanges, StampReader
from tracker.store.reports.report_leads import ReportLeads
from tracker.store.workspace_store import WorkspaceStore

log = logging.getLogger(__name__)

MANY = 2_000
"""Leads from which on blocks are stored: fewer are read in a moment."""
MANY_VISITS = 20_000
"""The same of visits."""
_LOOKED_AT = 100
"""Workspaces without blocks of which one run looks whether they have become so large."""
_TRIES = 5


class RollUps:
    """Keeps the blocks of all workspaces complete. One of the sweeps."""

    def __init__(self) -> None:
        self._seen: dict[str, ReportChanges] = {}
        self._turns = WorkspaceTurns(_LOOKED_AT)

    def run(self, deps: Deps, now: datetime) -> None:
        """Stores what changed since the last run. Safe to repeat."""
        del now
        kept = set(deps.store.due_workspaces.with_report_blocks())
        in_due(deps, sorted(kept), lambda one: self.update(deps, one))
        in_each((one for one in self._turns.next(deps) if one.id not in kept), lambda one: self._begin(deps, one))

    def _begin(self, deps: Deps, workspace: Workspace) -> None:
        if _is_large(deps.store.of(workspace.id)):
            self.update(deps, workspace)

    def update(self, deps: Deps, workspace: Workspace) -> int:
        """Brings the blocks of one workspace up to date; returns how many were written."""
        here, stamps = deps.store.of(workspace.id), StampReader(deps.store.database, workspace.id)
        state = here.report_blocks.state()
        if state.until is None or state.format != FORMAT:
            return build(deps, workspace) if _is_large(here) else 0
        changes, reader = stamps.changes(state.until), ReportLeads(deps.store.database, workspace.id)
        leads = changed_leads(reader, changes.since(self._seen.get(workspace.id, ReportChanges())))
        first = workspace.stages[0].id
        by_block = _by_block(leads)
        if first != state.first_stage:
            by_block |= {number: by_block.get(number, set()) for number in range(BLOCKS)}
        written = [_renew(deps, workspace, number, its, first) for number, its in by_block.items()]
        if all(written):
            here.report_blocks.complete(replace(state, until=changes.newest(state.until), first_stage=first))
            self._seen[workspace.id] = changes
        return len(written)


def _is_large(here: WorkspaceStore) -> bool:
    return here.leads.count(limit=MANY) >= MANY or here.visits.count(limit=MANY_VISITS) >= MANY_VISITS


def _by_block(leads: Iterable[str]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for lead in leads:
        found[block_of(lead)].add(lead)
    return dict(found)


def build(deps: Deps, workspace: Workspace) -> int:
    """Makes all blocks anew; returns how many were written. What is written or erased meanwhile follows with the next run.

    Processes that hold the leads read them again.
    """
    here, names = deps.store.of(workspace.id), Names()
    state, former = here.report_blocks.state(), [here.report_blocks.block(number) for number in range(BLOCKS)]
    until, first = StampReader(deps.store.database, workspace.id).newest(), workspace.stages[0].id
    parts: dict[int, list[Tables]] = {number: [empty(names)] for number in range(BLOCKS)}
    for part in ReportLeads(deps.store.database, workspace.id).each():
        by_block = defaultdict(list)
        for lead in part:
            by_block[block_of(lead.id)].append(lead)
        for number, leads in by_block.items():
            parts[number].append(packed(leads, names, first))
    written = [here.report_blocks.write(block, to_bytes(joined(parts[block.number]))) for block in former]
    if all(written):
        here.report_blocks.complete(replace(state, until=until, first_stage=first, format=FORMAT), is_anew=True)
        log.info("reports: roll-ups made", extra={"workspace": workspace.id, "leads": sum(len(p) for its in parts.values() for p in its)})
    return sum(written)


def _renew(deps: Deps, workspace: Workspace, number: int, leads: set[str], first_stage: str) -> bool:
    """Stores these leads of a block as they are now; false where others kept writing it."""
    blocks, reader = deps.store.of(workspace.id).report_blocks, ReportLeads(deps.store.database, workspace.id)
    for _ in range(_TRIES):
        block = blocks.block(number)
        tables = _tables(block)
        if blocks.write(block, to_bytes(with_changes(tables, leads | guessed(tables), reader, first_stage))):
            return True
    return False


def _tables(block: StoredBlock) -> Tables:
    names = Names()
    return from_bytes(block.data, names) if block.data else empty(names)


def forget_leads(deps: Deps, workspace: str, leads: Iterable[str]) -> None:
    """Removes leads that were deleted from the blocks, and tells those who hold them."""
    blocks = deps.store.of(workspace).report_blocks
    for number, its in _by_block(leads).items():
        for _ in range(_TRIES):
            block = blocks.block(number)
            tables = _tables(block)
            held = tables.rows_of(its)
            if not held.any() or blocks.write(block, to_bytes(tables.only(~held))):
                break
        blocks.note_gone(number)


def seconds_behind(deps: Deps, workspace: Workspace) -> int | None:
    """How long ago the first change was made that no block holds; 0: none, None: no blocks are kept."""
    state: BlocksState = deps.store.of(workspace.id).report_blocks.state()
    if state.until is None:
        return None
    newest: Timestamp = StampReader(deps.store.database, workspace.id).newest()
    return max(newest.time - state.until.time, 0)
