"""Merging two leads, and taking it back. A merge is an alias: the document of the merged lead names the one that is kept, nothing else is
rewritten, and everything that is computed of the kept one is computed of the records of both.

That document is the one write that decides. What goes before it (the values that are taken over) and what follows (recomputing) is
finished by `settle`, at once or by a sweep after a process was killed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.merging.announced import tell_merges
from tracker.actions.merging.renamed import renewed
from tracker.actions.pipeline.board_totals import count_now
from tracker.actions.pipeline.pipeline import leave_former_stages
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.domain.duplicates.merge import Merged
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.move import standing_stage
from tracker.rules.duplicates.merging import choices, stage_without_moves, stored, taken_over, values_with, values_without

_TRIES = 5
_BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_LEFT_BEHIND = timedelta(minutes=1)
_BUSY = "these leads are being changed by several requests; try again"


def merge(
    deps: Deps, workspace: str, kept: str, other: str, *, chosen: Iterable[str] = (), rep: str | None = None, version: int | None = None
) -> Lead:
    """Merges `other` with `kept`, which answers for both from then on; returns it.

    `chosen`: fields of which the value of `other` is taken where both have one. Raises NotFound; Invalid for two that are one already, and
    for unknown fields; Conflict if `kept` has another version, or either is changed by others all the time.
    """
    here, wanted = deps.store.of(workspace), set(chosen)
    for _ in range(_TRIES):
        lead, gone = here.leads.get(kept), here.leads.get(other)
        if lead.id == gone.id:
            raise Invalid("with", "must be another lead; these two are merged already" if kept != other else "must be another lead")
        if unknown := sorted(wanted - set(choices(lead, gone))):
            raise Invalid("values", f"{unknown[0]} is no field in which the two differ")
        if version is not None and lead.version != version:
            raise Conflict("it was changed meanwhile; look again")
        if _merged(deps, lead, gone, wanted, rep):
            return here.leads.get(lead.id)
        version = None if version is None else here.leads.get(kept).version
    raise Conflict(_BUSY)


def _merged(deps: Deps, lead: Lead, gone: Lead, chosen: set[str], rep: str | None) -> bool:
    here, now = deps.store.of(lead.workspace), deps.now()
    taken = taken_over(lead, gone, now, chosen)
    values = values_with(lead, taken) | {"merging_at": now, "updated_at": now}
    if not here.leads.save_own(lead, values):
        return False
    is_done = here.leads.hide(gone, Merged(lead.id, now, rep))
    settle(deps, lead.workspace, lead.id)
    return is_done


def unmerge(deps: Deps, workspace: str, lead: str) -> Lead:
    """Takes back that the lead was merged with another one: both are as if they never were, but for what was edited since.

    Raises NotFound for a lead that is not merged; Conflict where another lead has its address by now.
    """
    here = deps.store.of(workspace)
    found = here.leads.own(lead)
    if found is None or found.merged is None:
        raise NotFound("no such merged lead")
    into = found.merged.into
    here.leads.note_parting(into, lead, deps.now())
    try:
        here.leads.show(lead, into)
    finally:
        settle(deps, workspace, into)
    return here.leads.get(lead)


def merged_leads(deps: Deps, lead: Lead) -> list[Lead]:
    """The leads for which this one answers, as they are stored, the first merge first."""
    here = deps.store.of(lead.workspace)
    found = here.leads.own_by_ids(here.leads.ids_below(lead.id) - {lead.id}).values()
    return sorted(found, key=lambda one: (one.merged.at if one.merged else one.created_at, one.id))


def settle(deps: Deps, workspace: str, lead: str) -> None:
    """Finishes a merge of this lead or its undo: takes back values of leads that are not merged with it, and has all be recomputed."""
    here = deps.store.of(workspace)
    for _ in range(_TRIES):
        found = here.leads.own(lead)
        if found is None:
            return
        found = renewed(deps, found)
        children = here.leads.merged_with(lead)
        merged = {one.id for one in children}
        left = [one.lead for one in found.merged_values if one.lead not in merged]
        tell_merges(deps, found, children)
        values: dict[str, Any] = {}
        for one in left:
            values |= values_without(_with(found, values), one)
        values |= _stage_and_action(deps, _with(found, values))
        if here.leads.save_own(found, values | {"updated_at": deps.now()}):
            break
    else:
        raise Conflict(_BUSY)
    if found.merged is not None:
        _renew(deps, workspace, found.merged.into, lead)
    for taken in (one for one in found.merged_values if one.lead in left):
        for one, values in ((lead, taken.former), (taken.lead, taken.values)):
            _chain_moves(deps, workspace, one, taken.at, values["stage"])
        if own := here.leads.own(taken.lead):
            here.leads.save_own(own, _stage_and_action(deps, own))
    concerned = {*here.leads.kept_ids([lead, *left]).values()}
    leave_former_stages(deps, workspace, (one.stage for one in here.leads.own_by_ids(concerned).values()))
    deps.store.dirty.mark_many([(workspace, "lead", one, _BEGINNING) for one in concerned])
    if found.merging_at is not None:
        here.leads.note_merged(lead, found.merging_at)
    count_now(deps, workspace)
    deps.wake.live()


def _renew(deps: Deps, workspace: str, kept: str, lead: str) -> None:
    """Takes the values of a merged lead over again, after one that was merged with it before came back."""
    here = deps.store.of(workspace)
    for _ in range(_TRIES):
        found, gone = here.leads.own(kept), here.leads.own(lead)
        known = next((one for one in found.merged_values if one.lead == lead), None) if found else None
        if found is None or gone is None or known is None:
            return
        found = renewed(deps, found)
        known = next(one for one in found.merged_values if one.lead == lead)
        values = values_without(found, lead)
        bare = _with(found, values)
        values |= values_with(bare, taken_over(bare, gone, known.at, known.chosen))
        if here.leads.save_own(found, values | {"merging_at": deps.now()}):
            settle(deps, workspace, kept)
            return
    raise Conflict(_BUSY)


def _chain_moves(deps: Deps, workspace: str, lead: str, merged_at: datetime, stage: str) -> None:
    """Corrects from which stage moves came that were made while the lead was merged; `stage` is the one it had before."""
    moves, before = deps.store.of(workspace).moves, stage
    ids = deps.store.of(workspace).leads.ids_below(lead)
    for move in moves.of_lead(lead):
        if move.withdrawn or move.lead not in ids:
            continue
        if move.at >= merged_at and move.rule is None and move.before != before:
            moves.set_before(move.id, before)
        before = move.stage


def _with(lead: Lead, values: dict[str, Any]) -> Lead:
    """The lead with these values, as documents hold them."""
    return msgspec.convert(stored(lead) | stored(values), Lead, builtin_types=(datetime,)) if values else lead


def _stage_and_action(deps: Deps, lead: Lead) -> dict[str, Any]:
    """Stage and next action, as they follow from the records of the lead and of all that are merged with it."""
    here, workspace = deps.store.of(lead.workspace), deps.store.workspaces.get(lead.workspace)
    ids = here.leads.ids_below(lead.id)
    moves = [move for move in here.moves.of_lead(lead.id) if move.lead in ids]
    last = max((move for move in moves if not move.withdrawn), key=lambda move: (move.at, move.id), default=None)
    values = stage_without_moves(lead, lead.merged_values)
    if moves:
        stage = standing_stage(moves, workspace.stages[0].id)
        known = workspace.stage(stage)
        reason = last.reason if last and known is not None and known.kind == "lost" else None
        values = {"stage": stage, "stage_since": last.at if last else values["stage_since"], "lost_reason": reason}
    first = next((task for task in here.tasks.open_of_lead(lead.id) if task.lead in ids), None)
    return values | {"next_action": NextAction(first.text, first.due) if first else None}


def finish_merges(deps: Deps, now: datetime) -> None:
    """Finishes merges and undos that a killed process left behind. One of the sweeps."""
    before = now - _LEFT_BEHIND
    in_due(deps, deps.store.due_workspaces.with_merges(before), lambda one: _finish_in(deps, one.id, before))


def _finish_in(deps: Deps, workspace: str, before: datetime) -> None:
    for lead in deps.store.of(workspace).leads.merging(before):
        settle(deps, workspace, lead)
