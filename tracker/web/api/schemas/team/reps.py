"""Rep schemas of requests and responses."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.team.rep import Rep
from tracker.web.api.schemas.base import In, Line, Moment, Out


class RepIn(In):
    """A new rep."""

    email: Annotated[str, Field(max_length=254)]
    name: Line
    role: Literal["admin", "manager", "rep"] = "rep"
    timezone: Line | None = None


class RepChange(In):
    """Changes of a rep."""

    email: Annotated[str, Field(max_length=254)] | None = None
    name: Line | None = None
    role: Literal["admin", "manager", "rep"] | None = None
    timezone: Line | None = None
    tracking: Literal["off", "links", "full"] | None = Field(None, description="Of messages that say nothing about it")
    is_active: bool | None = None
    daily_limit: int | None = Field(None, description="Messages a day; null: the workspace's limit")


class DeactivateIn(In):
    """Who takes over."""

    to: str | None = Field(description="The id of an active rep; null: leads and tasks have no owner then")


class HandOverOut(Out):
    """What was handed over or ended: numbers of records."""

    leads: int
    tasks: int = Field(description="Open ones")
    keys: int = Field(description="API keys with the rep's rights, which were deleted")
    messages: int = Field(description="Messages that waited to be sent; they are drafts again")


class RepOut(Out):
    """A person who owns leads and receives their alerts."""

    id: str
    email: str
    pending_email: str | None = Field(description="Replaces `email` after its confirmation link is opened")
    name: str
    role: str
    timezone: str
    tracking: str = Field(description="off links full: of messages that say nothing about it")
    is_active: bool
    daily_limit: int | None = Field(description="Messages a day; null: the workspace's limit")
    created_at: Moment
    last_seen_at: Moment | None


def rep_out(rep: Rep) -> RepOut:
    """The rep as a response."""
    same = {name: getattr(rep, name) for name in RepOut.model_fields if name != "role"}
    return RepOut.model_construct(**same, role=rep.role.value)
