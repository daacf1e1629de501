"""Source schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Out


class SourceIn(In):
    """A source of leads."""

    name: Line
    id: Line | None = Field(None, description="Of a source that is renamed; without it, a source is known by its name")
    group: Line = ""
    meaning: Annotated[str, Field(max_length=200)] = Field("", description="One sentence about the leads of this source")
    details: list[Line] = Field(default_factory=list, max_length=60, description="Details that are offered")
    active: bool = Field(True, description="Whether it is offered for leads")


class SourcesIn(In):
    """All sources, in order: each as an object, or its name alone, which keeps everything else."""

    items: list[Line | SourceIn] = Field(max_length=100)


class SourceOut(Out):
    """A source of leads, or a text that leads have as their source without being on the list."""

    id: str | None
    name: str
    leads: int
    group: str
    meaning: str
    details: list[str]
    active: bool
