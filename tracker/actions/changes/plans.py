"""Plans of changes of many leads, and carrying them out in one write for each collection. Used by `bulk` and `undo`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.leads.source_changes import record_source_changes
from tracker.base.ids import new_id
from tracker.domain.leads.change import FieldChange, LeadChangeRow
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.task import Task
from tracker.store.leads.lead_writes import LeadWrite

AT_ONCE = 500
"""Leads in one write."""
TRIES = 5
"""How often a lead that changed between reading and writing is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to change of one lead, as it was read."""

    lead: Lead
    values: Mapping[str, Any]
    """The lead's fields as they will be stored."""
    fields: dict[str, FieldChange] = field(default_factory=dict)
    """What the change is recorded as."""
    move: Move | None = None
    """A move to log."""
    known_move: str | None = None
    """A logged move to withdraw, or to let count again."""
    is_withdrawn: bool = False
    task: tuple[Task | None, Task | None] | None = None
    """The task before and after; None after: delete it."""


def carry_out(deps: Deps, workspace: str, plans: Sequence[Plan], now: datetime, actor: str) -> set[str]:
    """The ids of the leads that were changed; the others were changed by another request meanwhile, and stay as they are."""
    here = deps.store.of(workspace)
    # Moves first: workers derive the stage from them, and would set it back otherwise.
    here.moves.add_many(plan.move for plan in plans if plan.move)
    _withdraw(deps, workspace, plans, is_back=False)
    done = here.leads.change_many([LeadWrite(lead=plan.lead, values=plan.values) for plan in plans], now)
    record_source_changes(deps, workspace, ((plan.lead, plan.values) for plan in plans if plan.lead.id in done), actor=actor, at=now)
    failed = [plan for plan in plans if plan.lead.id not in done]
    here.moves.remove_many(plan.move.id for plan in failed if plan.move)
    _withdraw(deps, workspace, failed, is_back=True)
    tasks = [plan.task for plan in plans if plan.task and plan.lead.id in done]
    present = [after for _, after in tasks if after]
    here.tasks.restore(present, [before.id for before, after in tasks if before and not after])
    queue = "bulk" if len(plans) > 1 else "live"
    deps.store.dirty.mark_many(((workspace, "lead", lead, now) for lead in done), queue=queue)
    (deps.wake.bulk if len(plans) > 1 else deps.wake.live)()
    return done


def _withdraw(deps: Deps, workspace: str, plans: Sequence[Plan], *, is_back: bool) -> None:
    moves = deps.store.of(workspace).moves
    for is_withdrawn in (True, False):
        known = [plan.known_move for plan in plans if plan.known_move and plan.is_withdrawn is is_withdrawn]
        moves.withdraw(known, is_withdrawn=is_withdrawn != is_back)


def row_of(plan: Plan, change: str, actor: str, at: datetime, kind: str) -> LeadChangeRow:
    """The record of a plan that was carried out."""
    return LeadChangeRow(
        id=new_id(),
        workspace=plan.lead.workspace,
        change=change,
        lead=plan.lead.id,
        actor=actor,
        at=at,
        kind=kind,
        fields=plan.fields,
        move=plan.move.id if plan.move else plan.known_move,
        is_withdrawn=plan.is_withdrawn,
        task=FieldChange(*plan.task) if plan.task else None,
    )
