"""Keeping the numbers of events by day complete, from which the report *activity* is made. A sweep, and `leadlight rebuild-reports`."""

from datetime import datetime

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.domain.workspace.workspace import Workspace
from tracker.store.reports.event_days import marked_workspaces


def count_events(deps: Deps, now: datetime) -> None:
    """Counts the events of all marked quarters of an hour anew. Safe to repeat."""
    del now
    in_due(deps, marked_workspaces(deps.store.database), lambda one: count_pending(deps, one))


def count_pending(deps: Deps, workspace: Workspace) -> int:
    """The same in one workspace; returns on how many days."""
    return deps.store.of(workspace.id).event_days.count_pending(workspace.sealed_before)


def count_all(deps: Deps, workspace: Workspace) -> None:
    """Counts all days anew; what retention deleted stays as it was counted."""
    deps.store.of(workspace.id).event_days.mark_all()
    count_pending(deps, workspace)
