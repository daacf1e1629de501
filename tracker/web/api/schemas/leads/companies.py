"""Company schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Moment, Out, Paged


class CompanyIn(In):
    """A company that leads work for."""

    name: Line
    domain: Line | None = None
    industry: Line | None = None
    size: Line | None = None
    location: Line | None = None


class CompanyChange(In):
    """Changes of a company; null clears a field."""

    name: Line | None = None
    domain: Line | None = None
    industry: Line | None = None
    size: Line | None = None
    location: Line | None = None


class CompanyOut(Out):
    """A company that leads work for."""

    id: str
    name: str
    domain: str | None
    industry: str | None
    size: str | None
    location: str | None
    created_at: Moment


class CompaniesQuery(Paged):
    """Filters of companies."""

    search: Annotated[str, Field(max_length=200)] = ""
