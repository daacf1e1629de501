"""Stage move schemas of requests and responses."""

from pydantic import Field

from tracker.domain.pipeline.move import Move
from tracker.domain.workspace.workspace import Workspace
from tracker.web.api.schemas.base import In, Line, Moment, Out, When, to_schema


class MoveIn(In):
    """A move to a stage."""

    stage: Line = Field(examples=["Qualified"])
    reason: Line | None = Field(None, description="Required for a lost stage")
    at: When | None = Field(None, description="Now by default. For admins: when the lead moved in another system")


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
    is_imported: bool = Field(description="Whether it came from another system, with its date there")


def move_out(move: Move, workspace: Workspace) -> MoveOut:
    """The move as a response, with the names of its stages."""
    names = {"before": workspace.stage_name(move.before) if move.before else None, "stage": workspace.stage_name(move.stage)}
    return to_schema(MoveOut, move).model_copy(update=names)
