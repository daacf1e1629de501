"""Company schemas of requests and responses."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.actions.leads.company_figures import CompanyFigures
from tracker.domain.leads.company import Company
from tracker.web.api.schemas.base import In, Line, Moment, Out, Paged, RecordId, Version
from tracker.web.api.schemas.leads.leads import LeadValueOut

_Note = Annotated[str, Field(max_length=5000, description="What colleagues should know of it")]


class CompanyIn(In):
    """A company that leads work for."""

    name: Line = Field(examples=["Acme Foods"])
    domain: Line | None = Field(None, examples=["acme.example"])
    industry: Line | None = Field(None, examples=["Food & beverage"])
    size: Line | None = Field(None, examples=["51–200"])
    location: Line | None = Field(None, description="The country", examples=["Germany"])
    note: _Note | None = None


class CompanyChange(In):
    """Changes of a company; null clears a field."""

    name: Line | None = Field(None, examples=["Acme Foods"])
    domain: Line | None = Field(None, examples=["acme.example"])
    industry: Line | None = Field(None, examples=["Food & beverage"])
    size: Line | None = Field(None, examples=["51–200"])
    location: Line | None = Field(None, description="The country", examples=["Germany"])
    note: _Note | None = None
    version: Version | None = None


class CompanyOut(Out):
    """A company that leads work for. Numbers and sums are of the leads that the caller may see, without archived ones."""

    id: RecordId
    name: str = Field(examples=["Acme Foods"])
    domain: str | None = Field(examples=["acme.example"])
    industry: str | None = Field(examples=["Food & beverage"])
    size: str | None = Field(examples=["51–200"])
    location: str | None = Field(examples=["Germany"])
    note: str | None
    people: int = Field(description="Its leads")
    owners: list[str] = Field(description="The reps who own its leads, by id")
    last_seen_at: Moment | None = Field(description="The last activity of its leads")
    open_value: list[LeadValueOut] = Field(description="The sum of the values of leads in open stages, by currency")
    won_value: list[LeadValueOut] = Field(description="The sum of the sales to its leads, by currency")
    created_at: Moment
    version: int


class CompanyRemoved(Out):
    """A company that was deleted."""

    id: RecordId
    people: int = Field(description="How many leads were in it; they keep its name as text")


class CompaniesQuery(Paged):
    """Filters of companies."""

    search: Annotated[str, Field(max_length=200)] = Field("", description="Part of a name or domain")
    sort: Literal["name", "-name", "created", "-created"] = Field("name", description="A minus reverses the order")


def company_out(company: Company, figures: CompanyFigures) -> CompanyOut:
    """The company with its figures as a response."""
    return CompanyOut.model_construct(
        **{
            name: getattr(company, name)
            for name in ("id", "name", "domain", "industry", "size", "location", "note", "created_at", "version")
        },
        people=figures.people,
        owners=figures.owners,
        last_seen_at=figures.last_seen_at,
        open_value=_sums(figures.open_value),
        won_value=_sums(figures.won_value),
    )


def _sums(amounts: dict[str, int]) -> list[LeadValueOut]:
    return [LeadValueOut(amount=amount, currency=currency) for currency, amount in sorted(amounts.items())]
