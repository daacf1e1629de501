"""Share link schemas of requests and responses: tracked links outside mail."""

from typing import Annotated

from pydantic import Field

from tracker.web.api.schemas.base import Id, In, Line, Moment, Out, Paged, RecordId


class ShareIn(In):
    """A URL to be sent to one lead outside mail."""

    lead: Id
    url: Annotated[str, Field(max_length=4096, examples=["https://acme.example/offer"])]
    label: Line = Field(examples=["LinkedIn message"])


class ShareChange(In):
    """Changes of a link. The address stays the same."""

    url: Annotated[str, Field(max_length=4096, description="Where it leads from now on")] | None = None
    label: Line | None = Field(None, examples=["LinkedIn message"])


class ShareOut(Out):
    """A tracked link outside mail."""

    id: RecordId
    lead: RecordId
    url: str = Field(description="Where it leads now", examples=["https://acme.example/offer"])
    label: str = Field(examples=["LinkedIn message"])
    tracked_url: str = Field(description="The address itself where the lead may not be tracked")
    reason: str | None = Field(description="Why it is not tracked")
    created_at: Moment
    changed_at: Moment | None = Field(description="When the destination was last changed")


class SharesQuery(Paged):
    """The lead of the links."""

    lead: str
