"""Tasks, and the lead's next action, which is the earliest open one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.activity.event_log import changed
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.task import MOST_REMIND_MINUTES, Task

_MOST_DUES = 50


def add_task(
    deps: Deps,
    workspace: str,
    *,
    lead: str,
    text: str,
    due: datetime | None = None,
    rep: str | None = None,
    remind_minutes: int | None = None,
    created_at: datetime | None = None,
    done_at: datetime | None = None,
    key: str | None = None,
) -> Task:
    """Adds a task; one with `created_at` or `done_at` is imported. Raises NotFound for an unknown lead or rep, Invalid.

    `key`: its id, for one that is added once; Conflict is raised if it was added before.
    """
    here, now = deps.store.of(workspace), deps.now()
    owner = here.leads.get(lead).owner
    if rep is not None:
        here.reps.get(rep)
    action = checked_action(NextAction(text, due), now)
    task = Task(id=key or new_id(), workspace=workspace, lead=lead, text=action.text, due=action.due, rep=rep or owner, created_at=now)
    task = msgspec.structs.replace(task, remind_minutes=_checked_reminder(remind_minutes, task.due))
    if created_at or done_at:
        task = _imported(task, created_at, done_at, now)
    here.tasks.add(task)
    _follow(deps, workspace, lead)
    return task


def _imported(task: Task, created_at: datetime | None, done_at: datetime | None, now: datetime) -> Task:
    """The task with the dates that it had in another system. Raises Invalid."""
    if task.remind_minutes is not None:
        raise Invalid("remind_minutes", "is for tasks without created_at and done_at: an imported task has no reminder")
    done = checks.moment("done_at", done_at, now) if done_at else None
    created = checks.moment("created_at", created_at, now) if created_at else done or now
    if done is not None and done < created:
        raise Invalid("done_at", "must not be before created_at")
    return msgspec.structs.replace(task, created_at=created, done_at=done, is_imported=True)


def change_task(deps: Deps, workspace: str, task: str, *, version: int | None = None, done: bool | None = None, **values: Any) -> Task:
    """Changes text, due, rep or remind_minutes; `done` completes or reopens the task. One with `done_at` is imported, as in `add_task`.

    Raises NotFound, Invalid, Conflict.
    """
    here, now = deps.store.of(workspace), deps.now()
    old = here.tasks.get(task)
    checks.version(old.version, version)
    done_at = values.pop("done_at", None)
    if unknown := values.keys() - {"text", "due", "rep", "remind_minutes"}:
        raise Invalid(min(unknown), "cannot be changed")
    if "text" in values:
        values["text"] = checks.line("text", values["text"], longest=500)
    if values.get("due") is not None:
        values["due"] = checks.moment("due", values["due"], now, may_be_future=True)
    if values.get("rep") is not None:
        here.reps.get(values["rep"])
    if "remind_minutes" in values:
        _checked_reminder(values["remind_minutes"], values.get("due", old.due))
    if done is not None and done != (old.done_at is not None):
        values["done_at"] = now if done else None
    if done_at is not None:
        imported = _imported(msgspec.structs.replace(old, remind_minutes=None), old.created_at, done_at, now)
        values |= {"done_at": imported.done_at, "is_imported": True, "remind_minutes": None}
    new = here.tasks.change(task, version=old.version, **values, **_trace(old, values)) if values else old
    _follow(deps, workspace, new.lead)
    return new


def finish_task(deps: Deps, workspace: str, task: str) -> Task:
    """Completes a task; the next open one becomes the lead's next action."""
    return change_task(deps, workspace, task, done=True)


def remove_task(deps: Deps, workspace: str, task: str) -> None:
    """Deletes a task. Raises NotFound."""
    here = deps.store.of(workspace)
    old = here.tasks.get(task)
    here.tasks.remove(task)
    _follow(deps, workspace, old.lead)


def set_next_action(deps: Deps, workspace: str, lead: str, action: NextAction | None, *, rep: str | None = None) -> Lead:
    """Replaces the lead's next action by changing its earliest open task; None completes that task."""
    here, now = deps.store.of(workspace), deps.now()
    here.leads.get(lead)
    current = next(iter(here.tasks.open_of_lead(lead)), None)
    if action is None:
        if current:
            here.tasks.change(current.id, done_at=now)
        return _follow(deps, workspace, lead)
    new = checked_action(action, now)
    if current:
        here.tasks.change(current.id, text=new.text, due=new.due, **_trace(current, {"due": new.due}))
    else:
        here.tasks.add(Task(id=new_id(), workspace=workspace, lead=lead, text=new.text, due=new.due, rep=rep, created_at=now))
    found = here.leads.change(lead, next_action=new, updated_at=now)
    changed(deps, workspace, lead)
    return found


def _checked_reminder(minutes: int | None, due: datetime | None) -> int | None:
    """Minutes before the due time. Raises Invalid."""
    if minutes is None:
        return None
    if due is None:
        raise Invalid("remind_minutes", "needs a due time")
    if not 0 <= minutes <= MOST_REMIND_MINUTES:
        raise Invalid("remind_minutes", f"must be from 0 to {MOST_REMIND_MINUTES:,}")
    return minutes


def _trace(task: Task, values: Mapping[str, Any]) -> dict[str, Any]:
    """The earlier due times of a task that gets another one."""
    if task.due is None or values.get("due", task.due) == task.due:
        return {}
    return {"former_dues": (*task.former_dues, task.due)[-_MOST_DUES:]}


def checked_action(action: NextAction, now: datetime) -> NextAction:
    """The validated next action. Raises Invalid (`next_action.text`, `next_action.due`)."""
    text = checks.line("next_action.text", action.text, longest=500)
    due = checks.moment("next_action.due", action.due, now, may_be_future=True) if action.due else None
    return NextAction(text, due)


def _follow(deps: Deps, workspace: str, lead: str) -> Lead:
    here = deps.store.of(workspace)
    first = next(iter(here.tasks.open_of_lead(lead)), None)
    found = here.leads.change(lead, next_action=NextAction(first.text, first.due) if first else None, updated_at=deps.now())
    changed(deps, workspace, lead)
    return found
