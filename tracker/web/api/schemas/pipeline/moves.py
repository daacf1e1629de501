"""Stage move schemas of responses."""

from tracker.domain.pipeline.move import Move
from tracker.domain.workspace.workspace import Workspace
from tracker.web.api.schemas.base import Moment, Out, to_schema


class MoveOut(Out):
    """One stage move."""

    id: str
    before: str | None
    stage: str
    at: Moment
    rule: str | None
    cause: str | None
    actor: str | None
    reason: str | None
    withdrawn: bool


def move_out(move: Move, workspace: Workspace) -> MoveOut:
    """The move as a response, with the names of its stages."""
    names = {"before": workspace.stage_name(move.before) if move.before else None, "stage": workspace.stage_name(move.stage)}
    return to_schema(MoveOut, move).model_copy(update=names)
