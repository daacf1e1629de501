"""Stage moves by reps and programs; workers apply the moves of rules."""

from datetime import datetime

from tracker.actions import checks
from tracker.actions.activity.event_log import changed
from tracker.actions.deps import Deps
from tracker.actions.pipeline.board_totals import follow
from tracker.actions.pipeline.required_fields import check_required
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import id_of, new_id
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.move import Move, standing_stage
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.workspace import Workspace

API = "api"
"""The actor of a program without a rep's key."""
_TRIES = 5


def check_stage(workspace: Workspace, stage: str, reason: str | None) -> Stage:
    """The stage with this name or id. Raises Invalid for an unknown stage and for a lost stage without a reason."""
    found = workspace.stage_named(stage)
    if found is None:
        raise Invalid("stage", f"must be one of {', '.join(s.name for s in workspace.stages)}")
    if found.kind == "lost" and not (reason or "").strip():
        raise Invalid("lost_reason", f"{found.name} needs a reason: why was this lead lost?")
    return found


def move_lead(
    deps: Deps, workspace: str, lead: str, stage: str, *, reason: str | None = None, actor: str | None = None, at: datetime | None = None
) -> Lead:
    """Moves the lead and logs actor and reason. A move to the current stage changes nothing. `at`: now by default.

    Raises Invalid for an unknown stage, a lost one without a reason, or a missing required field; NotFound.
    """
    here, now = deps.store.of(workspace), deps.now()
    known = deps.store.workspaces.get(workspace)
    found = here.leads.get(lead)
    is_there = known.stage_named(stage) == known.stage(found.stage)
    target = check_stage(known, stage, reason or (found.lost_reason if is_there else None))
    if found.stage == target.id:
        return found
    check_required(known, target, found.fields)
    why = checks.optional_line("lost_reason" if target.kind == "lost" else "reason", reason, longest=500)
    move = Move(
        id=new_id(), workspace=workspace, lead=lead, before=found.stage, stage=target.id, at=at or now, actor=actor or API, reason=why
    )
    here.moves.add(move)
    moved = _follow(deps, known, lead)
    changed(deps, workspace, lead)
    return moved


def log_move(
    deps: Deps, workspace: str, lead: str, stage: str, *, at: datetime, reason: str | None = None, actor: str | None = None
) -> Move:
    """Logs a move of another system at its date; the stage of the lead follows from the whole log. The same move again adds nothing.

    Raises Invalid for an unknown stage, a lost one without a reason, or an impossible date; NotFound.
    """
    here, now = deps.store.of(workspace), deps.now()
    known = deps.store.workspaces.get(workspace)
    here.leads.get(lead)
    target = check_stage(known, stage, reason)
    why = checks.optional_line("lost_reason" if target.kind == "lost" else "reason", reason, longest=500)
    when = checks.moment("at", at, now)
    move = Move(
        id=id_of(workspace, lead, "imported move", when.isoformat(), target.id),
        workspace=workspace,
        lead=lead,
        before=None,
        stage=target.id,
        at=when,
        actor=actor or API,
        reason=why,
        is_imported=True,
    )
    here.moves.add_once(move)
    _chain(deps, known, lead)
    _follow(deps, known, lead)
    changed(deps, workspace, lead)
    return here.moves.get(move.id)


def _chain(deps: Deps, workspace: Workspace, lead: str) -> None:
    """Corrects from which stage each move of the lead came, after one was logged between others; not those of merged leads."""
    here, stage = deps.store.of(workspace.id), workspace.stages[0].id
    for move in here.moves.of_lead(lead):
        if move.withdrawn or move.lead != lead:
            continue
        if move.before != stage:
            here.moves.set_before(move.id, stage)
        stage = move.stage


def _follow(deps: Deps, workspace: Workspace, lead: str) -> Lead:
    """Sets the stage that follows from the log of moves, also with concurrent moves."""
    here = deps.store.of(workspace.id)
    for _ in range(_TRIES):
        found = here.leads.get(lead)
        moves = here.moves.of_lead(lead)
        standing = standing_stage(moves, workspace.stages[0].id)
        last = max((m for m in moves if not m.withdrawn), key=lambda m: (m.at, m.id), default=None)
        stage = workspace.stage(standing)
        is_lost = stage is not None and stage.kind == "lost"
        try:
            now = here.leads.change(
                lead,
                version=found.version,
                stage=standing,
                stage_since=last.at if last else found.created_at,
                lost_reason=last.reason if last and is_lost else None,
                updated_at=deps.now(),
            )
        except Conflict:
            continue
        follow(deps, found, now)
        return now
    raise Conflict("this lead is being changed by several requests; try again")
