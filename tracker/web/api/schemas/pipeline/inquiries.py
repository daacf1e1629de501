"""Inquiry schemas of responses."""

from typing import Annotated

from pydantic import Field

from tracker.domain.pipeline.held_inquiry import HeldInquiry
from tracker.web.api.schemas.base import Id, In, Moment, Out


class InquiryOut(Out):
    """An inquiry, with its clock."""

    id: str
    lead: str
    at: Moment
    message: str
    source: str | None = Field(description="The lead's source at that time")
    source_detail: str | None
    form: str
    page: str = Field(description="Host and path of the page; may be empty")
    owner: str | None = Field(description="The rep who owned the lead then")
    due_at: Moment = Field(description="When the first contact is due")
    answered_at: Moment | None = Field(description="The first contact by the company at or after `at`: call, email, chat or meeting")
    answered_by: str | None = Field(description="The rep who made it, if known")
    answered_how: str | None = Field(description="call meeting chat touch email")
    elapsed_ms: int | None = Field(description="From the inquiry to the first contact, in milliseconds")
    working_ms: int | None = Field(description="The same within working hours")
    escalated_at: Moment | None = Field(description="When others were told that no one had answered in time")
    is_silent: bool = Field(description="Imported, or known too late for an alert: no clock runs")
    is_imported: bool = Field(description="Whether it came from another system, with its date there")
    withdrawn_at: Moment | None = Field(description="When it turned out to be no person's inquiry")


class HeldInquiryOut(Out):
    """An inquiry that makes no lead, because its form made as many that day as it may."""

    id: str
    form: str
    at: Moment
    values: dict[str, str] = Field(description="What was sent in the mapped fields: email, name, phone, company, message")


class ReleaseIn(In):
    """Held inquiries that are to become leads."""

    inquiries: Annotated[list[Id], Field(min_length=1, max_length=200)]


def held_out(one: HeldInquiry, values: dict[str, str]) -> HeldInquiryOut:
    """The held inquiry for a response."""
    return HeldInquiryOut(id=one.id, form=one.form, at=one.at, values=values)
