"""Words for consent and degrees of tracking in the console. Pure."""

from tracker.domain.leads.consent import LEAD, PROGRAM, Consent, ConsentState
from tracker.domain.mail.tracking import Tracking
from tracker.rules.consent import Permission

STATES = {
    ConsentState.UNKNOWN: "Not asked or not answered",
    ConsentState.GRANTED: "Allowed",
    ConsentState.REFUSED: "Refused",
    ConsentState.EXEMPT: "Exempt",
}
LIST_WORDS = {
    ConsentState.GRANTED: "Tracking allowed",
    ConsentState.REFUSED: "Tracking refused",
    ConsentState.EXEMPT: "Exempt from permission",
}
"""In lists; a lead who has said nothing has no words."""
DEGREES = {Tracking.OFF: "Off", Tracking.LINKS: "Links only", Tracking.FULL: "Opens and links"}
_TRACKED = {
    Tracking.OFF: "Nothing is tracked",
    Tracking.LINKS: "Links are tracked, opens are not",
    Tracking.FULL: "Opens and links are tracked",
}


def permission_text(permission: Permission) -> str:
    """`Nothing is tracked: Germany, no permission yet.`"""
    return f"{_TRACKED[permission.degree]}: {permission.reason}."


def decided_by(consent: Consent, names: dict[str, str]) -> str:
    """`by the lead`, `by Rita Reyes`, `through the API`."""
    if consent.by == LEAD:
        return "by the lead"
    if consent.by == PROGRAM:
        return "through the API"
    return f"by {names.get(consent.by or '', 'a former rep')}"
