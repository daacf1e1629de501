"""Tells webhooks of tasks that became due, once for each due time. Called by the schedule."""

from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.hooks.outbox import Outbox
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.hooks.drafts import of_due_task

_EVENT = "task.due"
_BACK = timedelta(days=1)
"""How long the schedule may have stood still."""


def tell_due_tasks(deps: Deps, now: datetime) -> None:
    """Writes the events of all workspaces. Raises PyMongoError."""
    in_due(deps, deps.store.due_workspaces.with_webhooks(_EVENT), lambda one: _tell(deps, one, now))


def _tell(deps: Deps, workspace: Workspace, now: datetime) -> None:
    outbox = Outbox(deps, workspace)
    if _EVENT in outbox.types:
        tasks = deps.store.of(workspace.id).tasks.became_due(now - _BACK, now)
        outbox.put(of_due_task(task, task.due) for task in tasks if task.due is not None)
