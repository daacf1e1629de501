"""Stage schemas of requests and responses."""

from typing import Literal

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Out


class StageIn(In):
    """A stage of the pipeline."""

    name: Line
    kind: Literal["open", "won", "lost"] = "open"


class StagesIn(In):
    """All stages in order; stages with leads must remain."""

    items: list[StageIn] = Field(min_length=1, max_length=30)


class StageOut(Out):
    """A stage of the pipeline."""

    name: str
    kind: str
    leads: int
