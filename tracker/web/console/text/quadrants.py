"""The quadrants of fit and engagement as the console shows them. Pure."""

from dataclasses import dataclass

from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead


@dataclass(frozen=True, slots=True)
class Quadrant:
    """`tone` is a CSS class; `description` is one sentence."""

    label: str
    tone: str
    description: str


QUADRANTS = {
    "call_now": Quadrant("Call now", "tag-accent", "Fits and is interested."),
    "nurture": Quadrant("Nurture", "tag-blue", "Fits, but is quiet."),
    "distraction": Quadrant("Interested, low fit", "tag-warn", "Active, but unlike your customers."),
    "leave": Quadrant("Low priority", "", "Quiet, and unlike your customers."),
}

"""By the value that store and API use."""
UNRATED = Quadrant("Not rated yet", "", "Add industry, size, budget or country.")

_FIT_FIELDS = ("industry", "size", "budget", "location")


def quadrant_of(name: str, lead: Lead, company: Company | None) -> Quadrant:
    """The quadrant of that name, or `UNRATED` for a lead without any value that counts for fit."""
    return QUADRANTS.get(name, QUADRANTS["leave"]) if _has_fit_value(lead, company) else UNRATED


def _has_fit_value(lead: Lead, company: Company | None) -> bool:
    if lead.country or any(lead.fields.get(name) for name in _FIT_FIELDS):
        return True
    return company is not None and bool(company.industry or company.size or company.location)
