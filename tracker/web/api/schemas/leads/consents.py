"""Consent schemas of requests and responses."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.leads.consent import Consent, ConsentRecord
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.tracking_policy import TrackingPolicy
from tracker.rules.consent import allowed
from tracker.web.api.schemas.base import In, Line, Moment, Out


class ConsentIn(In):
    """What a lead said of tracking."""

    state: Literal["unknown", "granted", "refused", "exempt"]
    how: Annotated[Line, Field(max_length=60, description="Where it was said: form, banner, import, phone …")]
    wording: Annotated[str, Field(max_length=5_000)] | None = Field(None, description="The text that the lead was shown")


class ConsentOut(Out):
    """A state with its proof."""

    state: str = Field(description="unknown granted refused exempt")
    at: Moment | None
    how: str | None
    wording: str | None
    by: str | None = Field(description="A rep's id, `lead` or `api`")


class ConsentEntryOut(ConsentOut):
    """One entry of a lead's consent history."""

    void_since: Moment | None = Field(description="Since when it does not count, as another person or a program sent the form")


class LeadConsentOut(ConsentOut):
    """The consent of one lead, and what may be tracked of it."""

    lead: str
    email: str
    country: str | None
    allowed: str = Field(description="off links full")
    reason: str = Field(description="Why, in words")


def consent_out(consent: Consent) -> ConsentOut:
    """The consent as a response."""
    return ConsentOut.model_construct(state=consent.state.value, at=consent.at, how=consent.how, wording=consent.wording, by=consent.by)


def consent_entry_out(record: ConsentRecord) -> ConsentEntryOut:
    """The entry as a response."""
    return ConsentEntryOut.model_construct(**vars(consent_out(record.consent)), void_since=record.void_since)


def lead_consent_out(lead: Lead, policy: TrackingPolicy | None) -> LeadConsentOut:
    """The lead's consent and permission as a response."""
    permission = allowed(lead, policy)
    return LeadConsentOut.model_construct(
        **vars(consent_out(lead.tracking_consent)),
        lead=lead.id,
        email=lead.email,
        country=lead.country,
        allowed=permission.degree.value,
        reason=permission.reason,
    )
