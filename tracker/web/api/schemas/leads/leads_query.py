"""The filters of `GET /leads`."""

from typing import Annotated

from pydantic import Field

from tracker.web.api.schemas.base import Paged, When
from tracker.web.api.schemas.leads.qualification import BuyingRole
from tracker.web.api.schemas.leads.score import QuadrantName


class LeadsQuery(Paged):
    """Filters of leads."""

    search: Annotated[str, Field(max_length=200)] = Field("", description="Part of a name, email address or company")
    stage: str | None = None
    score_min: int | None = Field(None, ge=-(2**31), lt=2**31)
    score_max: int | None = Field(None, ge=-(2**31), lt=2**31)
    source: str | None = None
    owner: str | None = Field(None, description="A rep's id, or none")
    tag: str | None = None
    company: str | None = Field(None, description="A company's id")
    category: str | None = Field(None, max_length=200)
    buying_role: BuyingRole | None = None
    referred_by: str | None = Field(None, max_length=200, description="lead:ID, company:ID, or the text")
    seen_after: When | None = None
    seen_before: When | None = None
    no_next_action: bool = False
    archived: bool = Field(False, description="true: only archived leads, which are left out otherwise")
    list: str | None = Field(
        None, max_length=64, description="A list's id: a saved one, or hot, going_cold, slipped, mine, no_owner, bounced"
    )
    field: str | None = Field(None, max_length=60, description="The name of a custom field: leads that have it")
    field_is: str | None = Field(None, max_length=2000, description="The value of `field`")
    field_from: str | None = Field(None, max_length=2000, description="The least value of `field`, for numbers, money and dates")
    field_to: str | None = Field(None, max_length=2000, description="The greatest value of `field`")
    quadrant: QuadrantName | None = None
    industry: str | None = Field(None, max_length=200, description="Of the lead or its company; free text is matched with the list")
    size: str | None = Field(None, max_length=200, description="Employees: a range such as 51–200, or a number")
    budget: str | None = Field(None, max_length=200, description="A range such as 5,000–20,000, or a number")
    country: str | None = Field(None, max_length=200, description="A country by name or code, of the lead or its company")
    sort: str = Field(
        "-created",
        max_length=80,
        description="created, updated, name, score, last_seen, next_action, or field:NAME for a custom field (with fewer than 10,000 leads);"
        " a minus reverses the order",
    )
