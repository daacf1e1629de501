"""Bulk creation of leads. Called by imports."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tracker.actions.assignment.assign import Assigner
from tracker.actions.deps import Deps
from tracker.actions.leads.lookups import EMAIL_TAKEN, LeadLookups
from tracker.actions.pipeline import stages, tasks
from tracker.actions.pipeline.required_fields import check_required
from tracker.base.errors import Conflict, Invalid, Taken
from tracker.base.ids import id_of
from tracker.domain.leads.consent import Consent, ConsentRecord
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.task import Task
from tracker.domain.workspace.workspace import Workspace
from tracker.store.store import WorkspaceStore

Outcome = Lead | Invalid | Conflict


def add_leads(
    deps: Deps,
    workspace: Workspace,
    lookups: LeadLookups,
    rows: Sequence[dict[str, Any]],
    actor: str | None,
    *,
    ids: Sequence[str],
    assigner: Assigner | None = None,
) -> list[Outcome]:
    """The new lead of each row, or the error. Rows hold the values of `leads.add_lead`, `created_at`, `opted_out_at`, `stage_at` (when it moved to its stage), and what the lead allows
    as `tracking_consent`. The move to the stage has the time of creation. `ids`: of the leads; those that exist already are
    repeated ones, and count as made. `assigner` chooses the owner of those without one.
    """
    here, now = deps.store.of(workspace.id), deps.now()
    made: list[Outcome] = []
    moves, to_do = list[Move](), list[Task]()
    for lead_id, row in zip(ids, rows, strict=True):
        try:
            lead, moved, action = _lead(deps, workspace, lookups, lead_id, row, actor)
        except Invalid as error:
            made.append(error)
            continue
        made.append(lead)
        moves += [moved] if moved else []
        to_do += [action] if action else []
    if assigner is not None:
        made, to_do = _assigned(assigner, made, to_do)
    proofs = [_proof(lead, now) for lead in made if isinstance(lead, Lead) and lead.tracking_consent.at]
    # Proofs, moves and tasks first: a lead that exists is complete, even after a crash in between.
    here.consents.add_new(proofs)
    here.moves.add_new(moves)
    here.tasks.add_new(to_do)
    taken = here.leads.add_new([lead for lead in made if isinstance(lead, Lead)])
    taken -= here.leads.by_ids(taken).keys()  # added before, by a batch that was interrupted
    _take_back(here, taken, (proofs, moves, to_do))
    made = [Taken(EMAIL_TAKEN, kind="lead") if isinstance(one, Lead) and one.id in taken else one for one in made]
    deps.store.dirty.mark_many(((workspace.id, "lead", lead.id, now) for lead in made if isinstance(lead, Lead)), queue="bulk")
    deps.wake.bulk()
    return made


def _take_back(here: WorkspaceStore, taken: set[str], records: tuple[list[ConsentRecord], list[Move], list[Task]]) -> None:
    """Removes the records of leads whose address is taken."""
    removals: tuple[tuple[Callable[[str], bool], Sequence[ConsentRecord | Move | Task]], ...] = tuple(
        zip((here.consents.remove, here.moves.remove, here.tasks.remove), records, strict=True)
    )
    for remove, made in removals:
        for one in made:
            if one.lead in taken:
                remove(one.id)


def _assigned(assigner: Assigner, made: Sequence[Outcome], to_do: Sequence[Task]) -> tuple[list[Outcome], list[Task]]:
    found = {lead.id: lead for lead in assigner.assigned([one for one in made if isinstance(one, Lead)])}
    tasks_of = [msgspec.structs.replace(task, rep=found[task.lead].owner) for task in to_do]
    return [found[one.id] if isinstance(one, Lead) else one for one in made], tasks_of


def _proof(lead: Lead, now: datetime) -> ConsentRecord:
    return ConsentRecord(
        id=imported_id(lead.id, "consent"), workspace=lead.workspace, lead=lead.id, consent=lead.tracking_consent, recorded_at=now
    )


def _lead(
    deps: Deps, workspace: Workspace, lookups: LeadLookups, lead_id: str, row: dict[str, Any], actor: str | None
) -> tuple[Lead, Move | None, Task | None]:
    now, first = deps.now(), workspace.stages[0].id
    values = dict(row)
    created: datetime = values.pop("created_at", now)
    opted_out: datetime | None = values.pop("opted_out_at", None)
    action: NextAction | None = values.pop("next_action", None)
    consent: Consent = values.pop("tracking_consent", Consent())
    stage, reason = values.pop("stage", None), values.pop("lost_reason", None)
    moved: datetime = values.pop("stage_at", None) or created
    kept = lookups.resolve(values)
    target = stages.check_stage(workspace, stage, reason) if stage else workspace.stages[0]
    if stage:
        check_required(workspace, target, kept.get("fields", {}))
    action = tasks.checked_action(action, now) if action else None
    lead = Lead(
        id=lead_id,
        workspace=workspace.id,
        created_at=created,
        is_imported=True,
        updated_at=now,
        opted_out_at=opted_out,
        stage=target.id,
        stage_since=moved if target.id != first else None,
        lost_reason=reason if target.kind == "lost" else None,
        next_action=action,
        tracking_consent=consent,
        **kept,
    )
    return lead, _move(lead, first, reason, actor or stages.API), _task(lead, now)


def _move(lead: Lead, first: str, reason: str | None, author: str) -> Move | None:
    if lead.stage == first or lead.stage_since is None:
        return None
    key, at = imported_id(lead.id, "move"), lead.stage_since
    return Move(
        id=key,
        workspace=lead.workspace,
        lead=lead.id,
        before=first,
        stage=lead.stage,
        at=at,
        actor=author,
        reason=reason,
        is_imported=True,
    )


def _task(lead: Lead, now: datetime) -> Task | None:
    if (action := lead.next_action) is None:
        return None
    key = imported_id(lead.id, "task")
    return Task(id=key, workspace=lead.workspace, lead=lead.id, text=action.text, due=action.due, rep=lead.owner, created_at=now)


def imported_id(lead: str, what: str) -> str:
    """The id of the move, task or proof that comes with a lead: the same if the batch is repeated."""
    return id_of(lead, "import", what)
