"""Tells webhooks of tasks that became due, once for each due time. Called by the schedule."""

from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.hooks.outbox import Outbox
from tracker.rules.hooks.drafts import of_due_task

_BACK = timedelta(days=1)
"""How long the schedule may have stood still."""


def tell_due_tasks(deps: Deps, now: datetime) -> None:
    """Writes the events of all workspaces. Raises PyMongoError."""
    for workspace in deps.store.workspaces.all():
        outbox = Outbox(deps, workspace)
        if "task.due" in outbox.types:
            tasks = deps.store.of(workspace.id).tasks.became_due(now - _BACK, now)
            outbox.put(of_due_task(task, task.due) for task in tasks if task.due is not None)
