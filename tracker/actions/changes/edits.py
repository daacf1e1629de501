"""Edits of one lead by reps and programs, recorded so that they can be undone (`undo`)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tracker.actions.changes.merging import BUSY, TRIES, merged, merged_fields
from tracker.actions.changes.values import as_stored, differences, stored_record
from tracker.actions.changes.words import changed_since, record_field_changed_since
from tracker.actions.deps import Deps
from tracker.actions.leads.archive import archive_lead, restore_lead
from tracker.actions.leads.leads import change_lead, take
from tracker.actions.pipeline import notes, tasks
from tracker.actions.pipeline.stages import API
from tracker.base.errors import Conflict, Taken
from tracker.base.ids import new_id
from tracker.domain.leads.change import FieldChange, LeadChangeRow
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.task import Task
from tracker.domain.team.rep import Rep


@dataclass(frozen=True, slots=True)
class Edited:
    """The lead after an edit, and the id to undo it with; None where nothing changed."""

    lead: Lead
    change: str | None


@dataclass(frozen=True, slots=True)
class _State:
    """What an edit may change: the lead, a task, and the last move that counts."""

    lead: Lead
    task: Task | None
    move: str | None


def edit_lead(
    deps: Deps,
    workspace: str,
    lead: str,
    *,
    actor: str | None,
    version: int | None = None,
    seen: Mapping[str, str] | None = None,
    own: Mapping[str, Any] | None = None,
    then: Callable[[], Mapping[str, str]] = dict,
    **values: Any,
) -> Edited:
    """Changes a lead as `change_lead` does. `own`: custom fields to set, others stay. `seen`: what the person saw, by field (`seen_text`).

    `then` adds what belongs to the change once the lead is changed, and returns it as `LeadChangeRow.added`.
    A field that someone else changed since is kept where the person left it as it was. Raises Stale where both changed it, and
    what `change_lead` raises.
    """
    for _ in range(TRIES):
        before = _state(deps, workspace, lead, with_move="stage" in values)
        wanted = _merged(deps, before.lead, values, own or {}, seen or {})
        if not wanted and version is None:
            return Edited(before.lead, None)
        known = before.lead.version if version is None else version
        try:
            after = change_lead(deps, workspace, lead, version=known, actor=actor, **wanted)
        except Taken:
            raise
        except Conflict:
            if version is not None:
                raise
            continue
        return Edited(after, _record(deps, before, after, actor, wanted, **then()))
    raise Conflict(BUSY)


def take_lead(deps: Deps, workspace: str, lead: str, rep: Rep) -> Edited:
    """Makes the rep the owner of a lead without an owner, as `take` does."""
    before = _state(deps, workspace, lead, with_move=False)
    after = take(deps, workspace, lead, rep)
    return Edited(after, _record(deps, before, after, rep.id, ("owner",)))


def edit_task(
    deps: Deps,
    workspace: str,
    task: str,
    *,
    actor: str | None,
    version: int | None = None,
    seen: Mapping[str, str] | None = None,
    **values: Any,
) -> str | None:
    """Changes or completes a task, as `change_task` does; returns the id to undo it with. `seen` as of `edit_lead`. Raises Stale, Conflict."""
    here = deps.store.of(workspace)
    for _ in range(TRIES):
        old = here.tasks.get(task)
        kept = merged(old, values, seen or {}, lambda name: record_field_changed_since(deps, old, "task", name))  # noqa: B023 - called here
        if values and not kept:
            return None
        known = old.version if version is None else version
        change = partial(tasks.change_task, deps, workspace, task, version=known, **kept)
        try:
            return _around_task(deps, workspace, old.lead, actor, change, old)
        except Conflict:
            if version is not None:
                raise
    raise Conflict(BUSY)


def delete_task(deps: Deps, workspace: str, task: str, *, actor: str | None) -> str | None:
    """Deletes a task; returns the id to undo it with."""
    old = deps.store.of(workspace).tasks.get(task)
    return _around_task(deps, workspace, old.lead, actor, lambda: tasks.remove_task(deps, workspace, task), old)


def add_task(deps: Deps, workspace: str, *, lead: str, actor: str | None, **values: Any) -> str | None:
    """Adds a task; returns the id to undo it with."""
    return _around_task(deps, workspace, lead, actor, lambda: tasks.add_task(deps, workspace, lead=lead, **values), None)


def log_note(
    deps: Deps, workspace: str, lead: str, *, actor: str | None, plan: Mapping[str, NextAction | None] | None = None, **note: Any
) -> str:
    """Adds a note as `add_note` does; with `next_action` in `plan`, also replaces the next action. Returns the id to undo both with."""
    before = _state(deps, workspace, lead, with_move=False)
    made = notes.add_note(deps, workspace, lead=lead, rep=actor, **note)
    after = tasks.set_next_action(deps, workspace, lead, plan["next_action"], rep=actor) if plan else before.lead
    return _record(deps, before, after, actor, plan or (), note=made.id) or ""


def record_added(deps: Deps, workspace: str, lead: str, actor: str | None, **added: str) -> str:
    """Records that a `note` or `sale` (by id) was added to the lead; returns the id to undo it with."""
    return record_change(deps, workspace, lead, actor, added=added)


def _around_task(deps: Deps, workspace: str, lead: str, actor: str | None, run: Callable[[], Task | None], old: Task | None) -> str | None:
    here = deps.store.of(workspace)
    before = here.leads.get(lead)
    new = run()
    fields = differences(before, here.leads.get(lead), ("next_action",))
    if stored_record(old) == stored_record(new):
        return None
    return record_change(deps, workspace, lead, actor, fields=fields, task=FieldChange(as_stored(old), as_stored(new)))


def _state(deps: Deps, workspace: str, lead: str, *, with_move: bool) -> _State:
    here = deps.store.of(workspace)
    moves = [move.id for move in here.moves.of_lead(lead) if not move.withdrawn] if with_move else []
    return _State(here.leads.get(lead), next(iter(here.tasks.open_of_lead(lead)), None), moves[-1] if moves else None)


def _merged(deps: Deps, lead: Lead, values: Mapping[str, Any], own: Mapping[str, Any], seen: Mapping[str, str]) -> dict[str, Any]:
    """The values that the person changed. Raises Stale for fields that someone else changed to another value."""
    told = partial(changed_since, deps, lead)
    kept = merged(lead, {name: value for name, value in values.items() if name != "lost_reason"}, seen, told)
    fields = merged_fields(lead, own, seen, told)
    if fields is not None:
        kept["fields"] = fields
    if "lost_reason" in values and ("stage" in kept or "stage" not in values):
        kept["lost_reason"] = values["lost_reason"]
    return kept


def _record(deps: Deps, before: _State, after: Lead, actor: str | None, names: Iterable[str], **added: str) -> str | None:
    workspace, here = after.workspace, deps.store.of(after.workspace)
    fields, move, task = differences(before.lead, after, [name for name in names if name != "lost_reason"]), None, None
    if "stage" in fields:
        new = [one for one in here.moves.of_lead(after.id) if not one.withdrawn and one.stage == after.stage]
        move = new[-1].id if new and new[-1].id != before.move else None
    if "next_action" in names:
        old = before.task
        now = here.tasks.find(old.id) if old else next((t for t in here.tasks.open_of_lead(after.id) if _is_next(t, after)), None)
        task = FieldChange(as_stored(old), as_stored(now)) if stored_record(old) != stored_record(now) else None
    if not fields and task is None and not added:
        return None
    return record_change(deps, workspace, after.id, actor, fields=fields, move=move, task=task, added=added)


def _is_next(task: Task, lead: Lead) -> bool:
    return lead.next_action is not None and (task.text, task.due) == (lead.next_action.text, lead.next_action.due)


def record_change(deps: Deps, workspace: str, lead: str, actor: str | None, **what: Any) -> str:
    """Records what was changed, by the names of `LeadChangeRow`; returns the id to undo it with."""
    row = LeadChangeRow(id=new_id(), workspace=workspace, change=new_id(), lead=lead, actor=actor or API, at=deps.now(), **what)
    deps.store.of(workspace).changes.add(row)
    return row.change


def archive(deps: Deps, workspace: str, lead: str, *, actor: str | None, is_archived: bool, at: datetime | None = None) -> Edited:
    """Archives or restores a lead, as `archive_lead` and `restore_lead` do."""
    before = _state(deps, workspace, lead, with_move=False)
    after = archive_lead(deps, workspace, lead, at=at) if is_archived else restore_lead(deps, workspace, lead)
    return Edited(after, _record(deps, before, after, actor, ("archived_at",)))
