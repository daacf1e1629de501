"""/tasks: the next actions of leads."""

from tracker.actions.changes import edits
from tracker.actions.pipeline import tasks
from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.access import check_may_assign, is_history, visible_lead
from tracker.web.api.lists import list_lead_records
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import LeadRecordsQuery, List, due_at
from tracker.web.api.schemas.pipeline.tasks import TaskChange, TaskChanged, TaskIn, TaskOut, task_out

operations = Operations()


@operations.add("GET", "/tasks", query=LeadRecordsQuery, response=List[TaskOut])
def list_tasks(call: Call, query: LeadRecordsQuery) -> List[TaskOut]:
    """Lists tasks, newest first."""
    return list_lead_records(call, TaskOut, call.store.tasks, query, task_out)


def _authorize_add(call: Call, body: TaskIn) -> None:
    visible_lead(call, body.lead)
    check_may_assign(call, body.rep)
    is_history(call, body.created_at, body.done_at)


@operations.add("POST", "/tasks", body=TaskIn, response=TaskOut, status=201, authorize=_authorize_add)
def add_task(call: Call, body: TaskIn) -> TaskOut:
    """Adds a task; the earliest open task is the lead's next action."""
    values = body.given() | {"due": due_at(body.due, call.timezone)}
    return task_out(tasks.add_task(call.deps, call.workspace.id, **values))


def _authorize_change(call: Call, task: str, body: TaskChange) -> None:
    visible_lead(call, call.store.tasks.get(task).lead)
    check_may_assign(call, body.rep)
    is_history(call, body.done_at)


@operations.add("PATCH", "/tasks/{task}", body=TaskChange, response=TaskChanged, authorize=_authorize_change)
def change_task(call: Call, task: str, body: TaskChange) -> TaskChanged:
    """Changes or completes a task."""
    values = body.given()
    if values.get("text", "") is None:
        raise Invalid("text", "cannot be emptied")
    if body.done_at is not None and body.done is False:
        raise Invalid("done_at", "is for tasks that are done")
    if "due" in values:
        values["due"] = due_at(body.due, call.timezone)
    made = edits.edit_task(call.deps, call.workspace.id, task, actor=call.rep_id, **values)
    return TaskChanged.model_construct(**dict(task_out(call.store.tasks.get(task))), change=made)


@operations.add("DELETE", "/tasks/{task}", status=204, audit=(AuditAction.DELETED,))
def remove_task(call: Call, task: str) -> None:
    """Deletes a task."""
    found = call.store.tasks.get(task)
    lead = visible_lead(call, found.lead)
    tasks.remove_task(call.deps, call.workspace.id, task)
    call.record(AuditAction.DELETED, f"task “{found.text[:80]}”", lead=lead.name, lead_id=lead.id)
