"""The figures of the board. Counted for each page where leads are few; stored, and counted again by a sweep, where they are many."""

from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.base.errors import Conflict
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.stage_total import BoardTotals, StageTotal, moved
from tracker.store.pipeline.board_totals import BOARD

MANY = 10_000
"""Leads from which on the figures are stored. They stay stored when leads become fewer."""
_AT_LEAST_EVERY = timedelta(minutes=10)
"""Leads that were erased leave no trace; such changes show after this time."""
_TRIES = 3


def board_totals(deps: Deps, workspace: str) -> tuple[StageTotal, ...]:
    """The figures of every stage, owner and currency. Changes by rules and of many leads at once may be missing for half a minute."""
    stored = deps.store.of(workspace).board_totals.find(BOARD)
    return stored.totals if stored else _count(deps, workspace).totals


def follow(deps: Deps, before: Lead | None, after: Lead) -> None:
    """Changes the stored figures with a lead that was changed, or added (`before` is None). A change that is lost to others at the same time shows with the next count."""
    records = deps.store.of(after.workspace).board_totals
    for _ in range(_TRIES):
        stored = records.find(BOARD)
        if stored is None:
            return
        try:
            records.change(BOARD, version=stored.version, totals=moved(stored.totals, before, after))
        except Conflict:
            continue
        return


def count_now(deps: Deps, workspace: str) -> None:
    """Counts again where figures are stored, after a change of many leads at once."""
    if deps.store.of(workspace).board_totals.find(BOARD):
        _count(deps, workspace)


def recount(deps: Deps, now: datetime) -> None:
    """Counts again where leads changed since the last count. A sweep."""
    in_due(deps, deps.store.due_workspaces.with_board_totals(), lambda one: _recount_in(deps, one.id, now))


def _recount_in(deps: Deps, workspace: str, now: datetime) -> None:
    here = deps.store.of(workspace)
    stored = here.board_totals.find(BOARD)
    newest = here.leads.newest_update() if stored else None
    if stored and (now - stored.at >= _AT_LEAST_EVERY or (newest and newest >= stored.at)):
        _count(deps, workspace)


def _count(deps: Deps, workspace: str) -> BoardTotals:
    """A new count."""
    here, now = deps.store.of(workspace), deps.now()
    stored = here.board_totals.find(BOARD)
    version = stored.version + 1 if stored else 1
    found = BoardTotals(id=BOARD, workspace=workspace, at=now, totals=tuple(here.leads.stage_totals()), version=version)
    if stored or sum(one.count for one in found.totals) >= MANY:
        here.board_totals.replace(found)
    return found
