"""Site schemas of requests and responses."""

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Moment, Out, Text


class SiteIn(In):
    """A new site. `origins`: scheme and host of its pages, as browsers send it (`https://www.example.com`), without a path."""

    name: Line | None = None
    origins: list[Line] = Field(min_length=1, max_length=20)
    fields: list[Line] | None = Field(default=None, max_length=50)


class SiteChange(In):
    """Changes of a site."""

    name: Line = ""
    origins: list[Line] = Field(default=[], max_length=20)
    fields: list[Line] = Field(default=[], max_length=50)
    fields_approved: bool = False
    banner: bool = False
    banner_text: Text = ""
    banner_link: Line = ""
    clicks: bool = True
    landing_parameter: str = Field(default="", max_length=32)


class SiteOut(Out):
    """A web site with the snippet."""

    key: str
    name: str
    origins: list[str]
    fields: list[str]
    fields_approved: bool
    banner: bool
    banner_text: str
    banner_link: str
    clicks: bool
    landing_parameter: str
    snippet: str
    first_seen_at: Moment | None
