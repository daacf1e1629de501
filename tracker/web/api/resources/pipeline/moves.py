"""/leads/{lead}/moves: the stage moves of a lead."""

from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.pipeline.moves import MoveOut, move_out

operations = Operations()


@operations.add("GET", "/leads/{lead}/moves", response=List[MoveOut])
def list_moves(call: Call, lead: str) -> List[MoveOut]:
    """Lists the lead's stage moves, oldest first, including withdrawn ones."""
    visible_lead(call, lead)
    return List[MoveOut].model_construct(items=[move_out(move, call.workspace) for move in call.store.moves.of_lead(lead)], next=None)
