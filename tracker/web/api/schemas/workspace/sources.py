"""Source schemas of requests and responses."""

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Out


class SourcesIn(In):
    """All sources, in order."""

    items: list[Line] = Field(max_length=40)


class SourceOut(Out):
    """A source of leads."""

    name: str
    leads: int
