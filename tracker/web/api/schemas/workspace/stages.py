"""Stage schemas of requests and responses."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Out


class StageIn(In):
    """A stage of the pipeline."""

    name: Line
    id: Line | None = Field(None, description="Of a stage that is renamed; without it, a stage is known by its name")
    kind: Literal["open", "won", "lost"] = "open"
    meaning: Annotated[str, Field(max_length=200)] = Field("", description="One sentence about the leads in this stage")
    usual_days: int | None = Field(None, ge=1, le=3650, description="Days that a lead usually stays in it")
    is_qualified: bool = Field(False, description="Whether leads count as qualified from here on; one stage at most")


class StagesIn(In):
    """All stages in order."""

    items: list[StageIn] = Field(min_length=1, max_length=30)
    moves_to: dict[Line, Line] = Field({}, description="By name or id of a removed stage: the stage that its leads go to")


class StageOut(Out):
    """A stage of the pipeline."""

    id: str
    name: str
    kind: str
    meaning: str
    usual_days: int | None
    is_qualified: bool
    leads: int
