"""Tasks, notes, companies and sales in requests and answers."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tracker.web.api.schemas.base import Due, Id, In, Line, Moment, Out, Paged, Text, When


class AboutQuery(Paged):
    """Of which lead; of all, if empty."""

    lead: str | None = None


class TaskIn(In):
    """Something to do about a lead."""

    lead: Id
    text: Line
    due: Due | None = None
    rep: Id | None = Field(None, description="The lead's owner, if empty")


class TaskChange(In):
    """What is to be changed; `done` finishes it."""

    text: Line | None = None
    due: Due | None = None
    rep: Id | None = None
    done: bool | None = None


class TaskOut(Out):
    """Something to do about a lead."""

    id: str
    lead: str
    text: str
    due: Moment | None
    rep: str | None
    done_at: Moment | None
    created_at: Moment


class NoteIn(In):
    """What was said or happened."""

    lead: Id
    text: Text
    kind: Literal["call", "meeting", "chat", "note"] = "note"
    at: When | None = Field(None, description="Now, if empty")


class NoteOut(Out):
    """What a rep wrote down."""

    id: str
    lead: str
    kind: str
    text: str
    rep: str | None
    at: Moment
    created_at: Moment


class CompanyIn(In):
    """A company where leads work."""

    name: Line
    domain: Line | None = None
    industry: Line | None = None
    size: Line | None = None
    location: Line | None = None


class CompanyChange(In):
    """What is to be changed; null empties a field."""

    name: Line | None = None
    domain: Line | None = None
    industry: Line | None = None
    size: Line | None = None
    location: Line | None = None


class CompanyOut(Out):
    """A company where leads work."""

    id: str
    name: str
    domain: str | None
    industry: str | None
    size: str | None
    location: str | None
    created_at: Moment


class CompaniesQuery(Paged):
    """Which companies."""

    search: Annotated[str, Field(max_length=200)] = ""


class SaleIn(In):
    """Something sold."""

    lead: Id
    product: Line
    amount: Annotated[int, Field(ge=0, le=10**14, description="In minor units of the currency, such as cents")]
    currency: Annotated[str, Field(min_length=3, max_length=3)]
    sold_on: date
    rep: Id | None = None
    is_recurring: bool = False


class SaleOut(Out):
    """Something sold."""

    id: str
    lead: str
    product: str
    amount: int
    currency: str
    sold_on: date
    rep: str | None
    is_recurring: bool
    created_at: Moment
