"""Schemas of what qualifies a lead."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.leads.qualification import Referrer
from tracker.web.api.schemas.base import In, Line, Out

BuyingRole = Literal["decision_maker", "influencer", "user", "gatekeeper", "champion"]
Need = Annotated[str, Field(max_length=5000, description="What it needs")]


class ReferrerIn(In):
    """Who referred a lead; exactly one is given."""

    lead: Line | None = Field(None, description="Another lead's id")
    company: Line | None = Field(None, description="A company's id")
    text: Line | None = Field(None, description="Any other name")

    def value(self) -> Referrer:
        """The referrer."""
        return Referrer(lead=self.lead, company=self.company, text=self.text)


class ReferrerOut(Out):
    """Who referred a lead: another lead or a company by id, or any text."""

    lead: str | None
    company: str | None
    text: str | None
