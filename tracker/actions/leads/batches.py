"""Bulk creation of leads. Called by the CSV import."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.leads.lookups import EMAIL_TAKEN, LeadLookups
from tracker.actions.pipeline import stages, tasks
from tracker.actions.pipeline.required_fields import check_required
from tracker.base.errors import Conflict, Invalid, Taken
from tracker.base.ids import new_id
from tracker.domain.leads.consent import Consent, ConsentRecord
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.task import Task
from tracker.domain.workspace.workspace import Workspace

Outcome = Lead | Invalid | Conflict


def add_leads(deps: Deps, workspace: Workspace, lookups: LeadLookups, rows: Sequence[dict[str, Any]], actor: str | None) -> list[Outcome]:
    """The new lead of each row, or the error. Rows hold the values of `leads.add_lead`, and what the lead allows as `tracking_consent`."""
    here, now = deps.store.of(workspace.id), deps.now()
    made: list[Outcome] = []
    moves: list[Move] = []
    to_do: list[Task] = []
    for row in rows:
        try:
            lead, moved, action = _lead(deps, workspace, lookups, row, actor)
        except Invalid as error:
            made.append(error)
            continue
        made.append(lead)
        moves += [moved] if moved else []
        to_do += [action] if action else []
    proofs = [_proof(lead, now) for lead in made if isinstance(lead, Lead) and lead.tracking_consent.at]
    # Proofs, moves and tasks first: a lead that exists is complete, even after a crash in between.
    here.consents.add_new(proofs)
    here.moves.add_new(moves)
    here.tasks.add_new(to_do)
    taken = here.leads.add_new([lead for lead in made if isinstance(lead, Lead)])
    for proof in (proof for proof in proofs if proof.lead in taken):
        here.consents.remove(proof.id)
    for move in (move for move in moves if move.lead in taken):
        here.moves.remove(move.id)
    for task in (task for task in to_do if task.lead in taken):
        here.tasks.remove(task.id)
    made = [Taken(EMAIL_TAKEN, kind="lead") if isinstance(one, Lead) and one.id in taken else one for one in made]
    deps.store.dirty.mark_many(((workspace.id, "lead", lead.id, now) for lead in made if isinstance(lead, Lead)), queue="bulk")
    deps.wake.bulk()
    return made


def _proof(lead: Lead, now: datetime) -> ConsentRecord:
    return ConsentRecord(id=new_id(), workspace=lead.workspace, lead=lead.id, consent=lead.tracking_consent, recorded_at=now)


def _lead(
    deps: Deps, workspace: Workspace, lookups: LeadLookups, row: dict[str, Any], actor: str | None
) -> tuple[Lead, Move | None, Task | None]:
    now, first = deps.now(), workspace.stages[0].id
    values = dict(row)
    action: NextAction | None = values.pop("next_action", None)
    consent: Consent = values.pop("tracking_consent", Consent())
    stage, reason = values.pop("stage", None), values.pop("lost_reason", None)
    kept = lookups.resolve(values)
    target = stages.check_stage(workspace, stage, reason) if stage else workspace.stages[0]
    if stage:
        check_required(workspace, target, kept.get("fields", {}))
    action = tasks.checked_action(action, now) if action else None
    is_moved = target.id != first
    lead = Lead(
        id=new_id(),
        workspace=workspace.id,
        created_at=now,
        updated_at=now,
        stage=target.id,
        stage_since=now if is_moved else None,
        lost_reason=reason if target.kind == "lost" else None,
        next_action=action,
        tracking_consent=consent,
        **kept,
    )
    move = task = None
    if is_moved:
        author = actor or stages.API
        move = Move(id=new_id(), workspace=workspace.id, lead=lead.id, before=first, stage=target.id, at=now, actor=author, reason=reason)
    if action:
        task = Task(id=new_id(), workspace=workspace.id, lead=lead.id, text=action.text, due=action.due, rep=lead.owner, created_at=now)
    return lead, move, task
