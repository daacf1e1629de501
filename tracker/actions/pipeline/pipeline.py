"""The pipeline: its stages in order, changed as a whole. Leads of a removed stage go to the stage that is named for it."""

from collections.abc import Iterable, Mapping

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.pipeline.stages import API
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.pipeline.move import Move
from tracker.domain.workspace.stage import FormerStage, Stage
from tracker.domain.workspace.workspace import Workspace

_KINDS = ("open", "won", "lost")
_MOST = 30
_LONGEST_USUAL = 3650
_BATCH = 1_000


def set_stages(
    deps: Deps,
    workspace: str,
    stages: Iterable[Stage],
    *,
    moves_to: Mapping[str, str] | None = None,
    actor: str | None = None,
    version: int | None = None,
) -> Workspace:
    """Replaces the stages. One with the id, or else the name, of a known stage is that stage; others are new.

    `moves_to`: names or ids of removed stages, and those of the stages that their leads go to. Raises Invalid for a removed stage with
    leads that is not named there; Conflict. Moving 100,000 leads takes about a minute; a repeated call continues an interrupted one.
    """
    known = deps.store.workspaces.get(workspace)
    checks.version(known.version, version)
    new = _checked(known, stages)
    removed = [stage for stage in known.stages if stage.id not in {kept.id for kept in new}]
    former = {one.stage.id: one for one in known.former_stages if one.stage.id not in {kept.id for kept in new}}
    former |= {stage.id: FormerStage(stage, _target(deps, known, stage, new, moves_to or {})) for stage in removed}
    changed = deps.store.workspaces.change(
        workspace, version=known.version, stages=new, former_stages=tuple(_still(one, new) for one in former.values())
    )
    for one in changed.former_stages:
        _move_all(deps, changed, one, actor)
    return changed


def leave_former_stages(deps: Deps, workspace: str, stages: Iterable[str]) -> None:
    """Moves the leads that are in one of these stages, if it was removed: a lead that was merged meanwhile may have come back to it."""
    known, wanted = deps.store.workspaces.get(workspace), set(stages)
    for one in known.former_stages:
        if one.stage.id in wanted:
            _move_all(deps, known, one, None)


def _checked(known: Workspace, given: Iterable[Stage]) -> tuple[Stage, ...]:
    stages = tuple(_checked_stage(known, stage) for stage in given)
    if len({stage.name.casefold() for stage in stages}) < len(stages) or len({stage.id for stage in stages}) < len(stages):
        raise Invalid("stages", "must have different names")
    if not stages or stages[0].kind != "open" or len(stages) > _MOST:
        raise Invalid("stages", f"must begin with an open stage and be {_MOST} at most")
    if sum(stage.is_qualified for stage in stages) > 1:
        raise Invalid("stages", "must have one at most from which leads count as qualified")
    return stages


def _checked_stage(known: Workspace, stage: Stage) -> Stage:
    name = checks.line("stages", stage.name, longest=60)
    if stage.usual_days is not None and not 1 <= stage.usual_days <= _LONGEST_USUAL:
        raise Invalid("stages", f"must have from 1 to {_LONGEST_USUAL:,} usual days, or none")
    return msgspec.structs.replace(
        stage,
        name=name,
        kind=checks.one_of("stages", stage.kind, _KINDS),
        id=_id_of(known, stage, name),
        meaning=checks.optional_line("stages", stage.meaning, longest=200) or "",
    )


def _id_of(known: Workspace, stage: Stage, name: str) -> str:
    """The id that was given, else that of the present or former stage with this name, else a new one."""
    every = (*known.stages, *(one.stage for one in known.former_stages))
    if stage.id != stage.name and any(one.id == stage.id for one in every):
        return stage.id
    return next((one.id for one in every if one.name.casefold() == name.casefold()), None) or new_id()


def _target(deps: Deps, known: Workspace, stage: Stage, new: tuple[Stage, ...], moves_to: Mapping[str, str]) -> str:
    """The id of the stage that the leads of a removed stage go to. Raises Invalid where there are leads and no stage is named."""
    text = moves_to.get(stage.id) or next((to for name, to in moves_to.items() if name.casefold() == stage.name.casefold()), "")
    target = next((one for one in new if text and text.casefold() in (one.name.casefold(), one.id.casefold())), None)
    if target is not None:
        if target.kind == "lost":
            raise Invalid("stages", f"cannot send the leads of {stage.name} to {target.name}, because each needs a reason")
        return target.id
    if text or deps.store.of(known.id).leads.in_stage(stage.id, limit=1):
        raise Invalid("stages", f"must say to which stage the leads of {stage.name} go, which is to be removed")
    return new[0].id


def _still(former: FormerStage, new: tuple[Stage, ...]) -> FormerStage:
    """With a target that is still part of the pipeline."""
    return former if any(stage.id == former.to for stage in new) else msgspec.structs.replace(former, to=new[0].id)


def _move_all(deps: Deps, workspace: Workspace, former: FormerStage, actor: str | None) -> None:
    """Moves the leads that are in a removed stage; each move is logged."""
    here, reason = deps.store.of(workspace.id), f"{former.stage.name} was removed"
    while leads := here.leads.in_stage(former.stage.id, limit=_BATCH):
        now = deps.now()
        here.moves.add_many(
            Move(
                id=new_id(),
                workspace=workspace.id,
                lead=lead,
                before=former.stage.id,
                stage=former.to,
                at=now,
                actor=actor or API,
                reason=reason,
            )
            for lead in leads
        )
        here.leads.set_stage(leads, former.to, now)
