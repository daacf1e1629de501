"""Sites in requests and answers."""

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Moment, Out


class SiteIn(In):
    """A new site. `origins`: scheme and host of its pages (`https://www.example.com`); addresses of pages will do."""

    name: Line | None = None
    origins: list[Line] = Field(min_length=1, max_length=20)
    fields: list[Line] | None = Field(default=None, max_length=50)


class SiteChange(In):
    """What is to be different."""

    name: Line = ""
    origins: list[Line] = Field(default=[], max_length=20)
    fields: list[Line] = Field(default=[], max_length=50)
    fields_approved: bool = False


class SiteOut(Out):
    """A web site that carries the snippet."""

    key: str
    name: str
    origins: list[str]
    fields: list[str]
    fields_approved: bool
    snippet: str
    first_seen_at: Moment | None
