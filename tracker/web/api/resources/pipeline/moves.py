"""/leads/{lead}/moves: the stage moves of a lead."""

from tracker.actions.changes.edits import edit_lead
from tracker.actions.pipeline.stages import log_move
from tracker.base.errors import Conflict
from tracker.web.api.access import is_history, visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.pipeline.moves import MoveIn, MoveOut, move_out

operations = Operations()


@operations.add("GET", "/leads/{lead}/moves", response=List[MoveOut])
def list_moves(call: Call, lead: str) -> List[MoveOut]:
    """Lists the lead's stage moves, oldest first, including withdrawn ones."""
    visible_lead(call, lead)
    return List[MoveOut].model_construct(items=[move_out(move, call.workspace) for move in call.store.moves.of_lead(lead)], next=None)


def _authorize_add(call: Call, lead: str, body: MoveIn) -> None:
    visible_lead(call, lead)
    is_history(call, body.at)


@operations.add("POST", "/leads/{lead}/moves", body=MoveIn, response=MoveOut, status=201, authorize=_authorize_add)
def add_move(call: Call, lead: str, body: MoveIn) -> MoveOut:
    """Moves a lead; with `at`, adds a move of another system to its log, which triggers nothing."""
    here, workspace = call.store, call.workspace
    if body.at is not None:
        move = log_move(call.deps, workspace.id, lead, body.stage, at=body.at, reason=body.reason, actor=call.rep_id)
        return move_out(move, workspace)
    edited = edit_lead(call.deps, workspace.id, lead, actor=call.rep_id, stage=body.stage, lost_reason=body.reason)
    if edited.change is None:
        raise Conflict(f"the lead is in the stage {workspace.stage_name(edited.lead.stage)} already")
    return move_out(next(move for move in reversed(here.moves.of_lead(lead)) if not move.withdrawn), workspace)
