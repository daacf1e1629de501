"""Schemas of what qualifies a lead."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.leads.qualification import MOST_REMIND_DAYS, DatedFact, Referrer
from tracker.web.api.schemas.base import EXAMPLE_ID, In, Line, Out, RecordId

BuyingRole = Literal["decision_maker", "influencer", "user", "gatekeeper", "champion"]
Need = Annotated[str, Field(max_length=5000, description="What it needs")]


class ReferrerIn(In):
    """Who referred a lead; exactly one is given."""

    lead: Line | None = Field(None, description="Another lead's id", examples=[EXAMPLE_ID])
    company: Line | None = Field(None, description="A company's id", examples=[EXAMPLE_ID])
    text: Line | None = Field(None, description="Any other name", examples=["A former customer"])

    def value(self) -> Referrer:
        """The referrer."""
        return Referrer(lead=self.lead, company=self.company, text=self.text)


class ReferrerOut(Out):
    """Who referred a lead: another lead or a company by id, or any text."""

    lead: RecordId | None
    company: RecordId | None
    text: str | None = Field(examples=["A former customer"])


class DatedFactIn(In):
    """What happens on a day, such as the end of a contract."""

    text: Line = Field(examples=["Contract ends"])
    day: date = Field(description="2027-03-01")
    remind_days: int | None = Field(
        None, ge=0, le=MOST_REMIND_DAYS, description="Alerts the owner so many days before it, at 9:00 in their time zone"
    )

    def value(self) -> DatedFact:
        """The fact."""
        return DatedFact(text=self.text, day=self.day, remind_days=self.remind_days)


class DatedFactOut(Out):
    """What happens on a day; `remind_days` before it, the owner is alerted."""

    text: str = Field(examples=["Contract ends"])
    day: date
    remind_days: int | None
