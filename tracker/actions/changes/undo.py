"""Undo: one new change that restores the fields which an earlier one set. Decided for each lead as a whole."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from tracker.actions.changes import records
from tracker.actions.changes.plans import AT_ONCE, TRIES, Plan, carry_out, row_of
from tracker.actions.changes.values import NOT_COMPARED, restored, stored_record, value_of
from tracker.actions.changes.words import changed_since, record_changed_since
from tracker.actions.deps import Deps
from tracker.actions.pipeline.board_totals import count_now
from tracker.actions.pipeline.notes import remove_note
from tracker.actions.pipeline.stages import API
from tracker.actions.pipeline.tasks import remove_task
from tracker.base.errors import Conflict, NotFound
from tracker.base.ids import new_id
from tracker.domain.leads.change import FieldChange, LeadChangeRow
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.move import Move, standing_stage
from tracker.domain.pipeline.task import Task

WINDOW = timedelta(seconds=60)
"""How long a change can be undone. The console offers it for ten seconds."""
_ADDED_TASKS = {"hand_over", "keep_in_touch"}
_GONE = "There is no such lead any more"
_BUSY = "This lead is being changed by other requests"


@dataclass(slots=True)
class UndoReport:
    """What an undo did: the new change (None if nothing was restored), and the reason for each lead that was left as it is."""

    change: str | None = None
    restored: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def change_of(deps: Deps, workspace: str, change: str) -> LeadChangeRow:
    """One row of the change, for its actor and time. Raises NotFound."""
    found = deps.store.of(workspace).changes.first_of(change)
    if found is None:
        raise NotFound("no such change")
    return found


def undo(
    deps: Deps, workspace: str, change: str, *, actor: str | None, may_see: Callable[[Lead], bool], window: timedelta = WINDOW
) -> UndoReport:
    """Restores every lead of the change whose fields did not change since. Raises NotFound; Conflict for one that is too old or undone."""
    here, now = deps.store.of(workspace), deps.now()
    first = change_of(deps, workspace, change)
    if now - first.at > window:
        raise Conflict(f"a change can be undone for {window.total_seconds():.0f} seconds; this one is older")
    made, report, after = new_id(), UndoReport(), ""
    is_new = False
    while rows := here.changes.of_change(change, after=after, limit=AT_ONCE):
        after = rows[-1].id
        claimed = here.changes.claim([row.id for row in rows], made)
        is_new = is_new or bool(claimed)
        batch = _Batch(deps, workspace, may_see, actor or API, made, now)
        batch.undo([row for row in rows if row.id in claimed])
        here.changes.release([row.id for row in rows if row.lead in batch.refused], made)
        report.restored += batch.restored
        report.refused |= batch.refused
        report.refused |= {row.lead: "This was undone already" for row in rows if row.id not in claimed}
    if not is_new:
        raise Conflict("this change was undone already")
    if report.restored:
        report.change = made
        count_now(deps, workspace)
    return report


class _Batch:
    """Some leads of a change. `restored` and `refused` are filled by `undo`."""

    def __init__(self, deps: Deps, workspace: str, may_see: Callable[[Lead], bool], actor: str, made: str, now: datetime) -> None:
        self._deps, self._workspace, self._may_see = deps, workspace, may_see
        self._actor, self._made, self._now = actor, made, now
        self.restored: list[str] = []
        self.refused: dict[str, str] = {}

    def undo(self, rows: Sequence[LeadChangeRow]) -> None:
        """Restores the leads of these rows, each as a whole."""
        here, pending = self._deps.store.of(self._workspace), {row.lead: row for row in rows}
        for _ in range(TRIES):
            plans = self._plans(pending)
            pending = {lead: row for lead, row in pending.items() if lead not in self.refused}
            done = carry_out(self._deps, self._workspace, plans, self._now, self._actor)
            for lead in done:
                _remove_added(self._deps, self._workspace, pending[lead])
            back = {lead: records.restore(self._deps, pending[lead]) for lead in done}
            made = (row_of(plan, self._made, self._actor, self._now, "undo") for plan in plans if plan.lead.id in done)
            here.changes.add_many(msgspec.structs.replace(r, record=back[r.lead], record_kind=pending[r.lead].record_kind) for r in made)
            self.restored += [lead for lead in pending if lead in done]
            pending = {lead: row for lead, row in pending.items() if lead not in done}
            if not pending:
                return
        self.refused |= {lead: self._unsaved(row) for lead, row in pending.items()}

    def _plans(self, pending: Mapping[str, LeadChangeRow]) -> list[Plan]:
        here = self._deps.store.of(self._workspace)
        leads = here.leads.by_ids(pending)
        tasks = here.tasks.by_ids(_task_ids(pending.values()))
        moves: dict[str, list[Move]] = {}
        for move in here.moves.of_leads([lead for lead, row in pending.items() if row.move]):
            moves.setdefault(move.lead, []).append(move)
        plans = []
        for lead, row in pending.items():
            found = leads.get(lead)
            if found is None or found.id != lead or not self._may_see(found):
                self.refused[lead] = _GONE
                continue
            problem = self._problem(found, row, tasks, moves.get(lead, []))
            if problem:
                self.refused[lead] = problem
            else:
                plans.append(_plan(found, row, tasks))
        return plans

    def _problem(self, lead: Lead, row: LeadChangeRow, tasks: Mapping[str, Task], moves: Sequence[Move]) -> str:
        """Why the lead cannot be restored, as a sentence; empty if it can."""
        for name, one in row.fields.items():
            if name not in NOT_COMPARED and value_of(lead, name) != one.new:
                return changed_since(self._deps, lead, name)
        if row.move:
            first = self._deps.store.workspaces.get(self._workspace).stages[0].id
            flipped = [msgspec.structs.replace(m, withdrawn=not row.is_withdrawn) if m.id == row.move else m for m in moves]
            if standing_stage(flipped, first) != row.fields["stage"].old:
                return changed_since(self._deps, lead, "stage")
        if row.task:
            record = (row.task.new or row.task.old)["id"]
            found = tasks.get(record)
            if stored_record(found) != stored_record(row.task.new):
                if "next_action" in row.fields:
                    return changed_since(self._deps, lead, "next_action")
                return record_changed_since(self._deps, row, "task", record, is_gone=found is None)
        return records.problem_of(self._deps, row)

    def _unsaved(self, row: LeadChangeRow) -> str:
        email = row.fields.get("email")
        other = self._deps.store.of(self._workspace).leads.by_email(email.old) if email else None
        return "Another lead has the earlier email address now" if other and other.id != row.lead else _BUSY


def _plan(lead: Lead, row: LeadChangeRow, tasks: Mapping[str, Task]) -> Plan:
    task = None
    if row.task:
        old = msgspec.convert(row.task.old, Task, builtin_types=(datetime,)) if row.task.old else None
        task = (tasks.get((row.task.new or row.task.old)["id"]), old)
    return Plan(
        lead=lead,
        values=restored(lead, row.fields),
        fields={name: FieldChange(one.new, one.old) for name, one in row.fields.items()},
        known_move=row.move,
        is_withdrawn=not row.is_withdrawn,
        task=task,
    )


def _task_ids(rows: Iterable[LeadChangeRow]) -> list[str]:
    return [(row.task.new or row.task.old)["id"] for row in rows if row.task]


def _remove_added(deps: Deps, workspace: str, row: LeadChangeRow) -> None:
    """Removes the note, with its event in the timeline, the sale and the open tasks that were added with the change."""
    if not row.added:
        return
    here = deps.store.of(workspace)
    if (note := row.added.get("note")) and here.notes.find(note):
        remove_note(deps, workspace, note)
    if sale := row.added.get("sale"):
        here.sales.remove(sale)
    for name in _ADDED_TASKS & row.added.keys():
        task = here.tasks.find(row.added[name])
        if task and task.done_at is None:
            remove_task(deps, workspace, task.id)
