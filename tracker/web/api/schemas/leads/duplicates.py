"""Schemas of leads that may be the same person."""

from pydantic import Field

from tracker.actions.leads.duplicates import MaybeSame
from tracker.web.api.schemas.base import In, Line, Out

_REASONS = "address (differs in +tag, or in dots at Gmail), phone, name_and_company, name (the company of one is unknown)"


class MaybeSameOut(Out):
    """A lead that may be the same person."""

    lead: str
    reasons: list[str] = Field(description=_REASONS, examples=[["phone"]])


class DuplicateOut(MaybeSameOut):
    """A lead that may be the same person, with what both can be compared by."""

    name: str
    email: str
    company: str | None
    phone: str | None


class NotSameIn(In):
    """Leads that are other persons."""

    leads: list[Line] = Field(min_length=1, max_length=50, description="Their ids")


def maybe_same_out(found: MaybeSame) -> MaybeSameOut:
    """Id and reasons."""
    return MaybeSameOut(lead=found.person.id, reasons=[reason.value for reason in found.reasons])


def duplicate_out(found: MaybeSame) -> DuplicateOut:
    """The lead as a response."""
    person = found.person
    return DuplicateOut(
        lead=person.id,
        reasons=[reason.value for reason in found.reasons],
        name=person.name,
        email=person.email,
        company=person.company,
        phone=person.phone,
    )
