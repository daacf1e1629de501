"""Keeping the numbers of events by day complete, from which the report *activity* is made. A sweep, and `leadlight rebuild-reports`."""

from datetime import datetime

from tracker.actions.deps import Deps
from tracker.domain.workspace.workspace import Workspace
from tracker.store.reports.event_days import marked_workspaces


def count_events(deps: Deps, now: datetime) -> None:
    """Counts the events of all marked quarters of an hour anew. Safe to repeat."""
    del now
    if marked := set(marked_workspaces(deps.store.database)):
        for workspace in deps.store.workspaces.all():
            if workspace.id in marked:
                count_pending(deps, workspace)


def count_pending(deps: Deps, workspace: Workspace) -> int:
    """The same in one workspace; returns on how many days."""
    return deps.store.of(workspace.id).event_days.count_pending(workspace.sealed_before)


def count_all(deps: Deps, workspace: Workspace) -> None:
    """Counts all days anew; what retention deleted stays as it was counted."""
    deps.store.of(workspace.id).event_days.mark_all()
    count_pending(deps, workspace)
