"""Undoes what an automation did with one lead, within a day and while no one changed the same fields since."""

from datetime import timedelta

import msgspec

from tracker.actions.changes.undo import undo
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, NotFound
from tracker.domain.pipeline.automation import AutomationEntry, AutomationState

WINDOW = timedelta(days=1)


def undo_entry(deps: Deps, workspace: str, entry: str, *, actor: str | None) -> AutomationEntry:
    """Restores the lead, its stage and its tasks; alerts stay. Raises NotFound; Conflict where that is not possible, with the reason."""
    ledger = deps.store.of(workspace).automation_log
    found = ledger.get(entry)
    if found.state is not AutomationState.DONE:
        raise Conflict("there is nothing to undo")
    try:
        report = undo(deps, workspace, entry, actor=actor, may_see=lambda _: True, window=WINDOW)
    except NotFound:
        raise Conflict("it can be undone for a day; this is older, or it only alerted") from None
    if not report.restored:
        raise Conflict(next(iter(report.refused.values()), "it cannot be undone any more"))
    undone = msgspec.structs.replace(found, state=AutomationState.UNDONE)
    ledger.finish(undone)
    return undone
