"""Sources, stages and scoring rules in requests and answers."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Out


class SourcesIn(In):
    """All sources, in order."""

    items: list[Line] = Field(max_length=40)


class SourceOut(Out):
    """Where leads come from."""

    name: str
    leads: int


class StageIn(In):
    """One step of the pipeline."""

    name: Line
    kind: Literal["open", "won", "lost"] = "open"


class StagesIn(In):
    """All stages, in order; those where leads stand must stay."""

    items: list[StageIn] = Field(min_length=1, max_length=30)


class StageOut(Out):
    """One step of the pipeline."""

    name: str
    kind: str
    leads: int


class RuleIn(In):
    """A rule's points; 0 switches it off."""

    name: Annotated[str, Field(max_length=60)]
    points: Annotated[int, Field(ge=-1000, le=1000)]


class RulesIn(In):
    """Rules whose points differ from the defaults; those left out go back to theirs."""

    items: list[RuleIn] = Field(max_length=200)


class RuleOut(Out):
    """A scoring rule."""

    name: str
    points: int
    default: int
    side: str = Field(description="fit or engagement")
    why: str
