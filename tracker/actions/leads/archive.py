"""Archiving leads, and restoring them. An archived lead is left out of lists, counts, Today and alerts; nothing of it is lost."""

from datetime import datetime

from tracker.actions import checks
from tracker.actions.activity.event_log import changed
from tracker.actions.deps import Deps
from tracker.actions.pipeline.board_totals import follow
from tracker.domain.leads.lead import Lead


def archive_lead(deps: Deps, workspace: str, lead: str, *, at: datetime | None = None) -> Lead:
    """Archives the lead, as of `at` if that is given. One that is archived already keeps its time. Raises NotFound, Invalid."""
    here, now = deps.store.of(workspace), deps.now()
    found = here.leads.get(lead)
    if found.archived_at is not None:
        return found
    archived = here.leads.change(lead, archived_at=checks.moment("at", at, now) if at else now, updated_at=now)
    follow(deps, found, archived)
    changed(deps, workspace, lead)
    return archived


def restore_lead(deps: Deps, workspace: str, lead: str) -> Lead:
    """Restores an archived lead with its stage, tasks and owner. Raises NotFound."""
    here = deps.store.of(workspace)
    found = here.leads.get(lead)
    if found.archived_at is None:
        return found
    restored = here.leads.change(lead, archived_at=None, updated_at=deps.now())
    follow(deps, found, restored)
    changed(deps, workspace, lead)
    return restored
