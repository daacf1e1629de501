"""Rep schemas of requests and responses."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tracker.base.errors import Invalid
from tracker.domain.team.out_of_office import OutOfOffice
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


class OutOfOfficeIn(In):
    """The days without new leads; both null: there again."""

    first: date | None = Field(description="The first day, in the rep's time zone", examples=["2027-07-05"])
    last: date | None = Field(description="The last day, included", examples=["2027-07-16"])

    def value(self) -> OutOfOffice | None:
        """The days. Raises Invalid where one of them is missing."""
        if (self.first is None) != (self.last is None):
            raise Invalid("last" if self.last is None else "first", "is missing")
        return OutOfOffice(self.first, self.last) if self.first and self.last else None


class OutOfOfficeOut(Out):
    """Days on which a rep gets no new leads."""

    first: date
    last: date


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
    out_of_office: OutOfOfficeOut | None = Field(description="Days without new leads; past ones too")
    daily_limit: int | None = Field(description="Messages a day; null: the workspace's limit")
    created_at: Moment
    last_seen_at: Moment | None


def rep_out(rep: Rep) -> RepOut:
    """The rep as a response."""
    same = {name: getattr(rep, name) for name in RepOut.model_fields if name not in ("role", "out_of_office")}
    away = OutOfOfficeOut(first=rep.out_of_office.first, last=rep.out_of_office.last) if rep.out_of_office else None
    return RepOut.model_construct(**same, role=rep.role.value, out_of_office=away)


class SenderIn(In):
    """How the email of a rep is signed."""

    name: Line | None = Field(None, description="The name in From; null: the rep's name")
    address: Annotated[str, Field(max_length=254)] | None = Field(
        None, description="The address in From, one of `addresses`; null: the rep's address"
    )
    reply_to: Annotated[str, Field(max_length=254)] | None = Field(None, description="Where answers go; null: to the address in From")
    signature: Annotated[str, Field(max_length=5000)] | None = Field(
        None, description="HTML, reduced to paragraphs, emphasis, lists and links. The console adds it; programs add it themselves"
    )


class SenderOut(Out):
    """How the email of a rep is signed."""

    name: str | None
    address: str | None
    reply_to: str | None
    signature: str | None
    addresses: list[str] = Field(description="The addresses that `address` may be: the rep's own, and others that the person confirmed")


def sender_out(rep: Rep, addresses: list[str]) -> SenderOut:
    """The rep's sender as a response."""
    return SenderOut.model_construct(**{name: getattr(rep.sender, name) or None for name in SenderIn.model_fields}, addresses=addresses)
