"""Escalation of inquiries that no one answered in time: whom to tell, and the words of the alert. Pure."""

from collections.abc import Iterable
from datetime import tzinfo

from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.text_context import clean
from tracker.rules.alerting.title import LONGEST_TITLE
from tracker.rules.visibility import Viewer, may_see

_PREFIX = "Not answered: "


def told_of(lead: Lead, workspace: Workspace, reps: Iterable[Rep]) -> list[Rep]:
    """The active reps to tell: the leaders of the owner's teams; else managers, else admins. Only those who may see the lead.

    The owner was alerted at first, and is told again only where no one else is left.
    """
    able = [rep for rep in reps if rep.is_active and may_see(Viewer(workspace, rep), lead)]
    others = [rep for rep in able if rep.id != lead.owner]
    leaders = {team.leader for team in workspace.teams if lead.owner and team.includes(lead.owner)}
    for found in (
        [rep for rep in others if rep.id in leaders],
        [rep for rep in others if rep.role is Role.MANAGER],
        [rep for rep in others if rep.role is Role.ADMIN],
    ):
        if found:
            return found
    return [rep for rep in able if rep.id == lead.owner or rep.role is Role.ADMIN]


def escalation_title(lead: Lead) -> str:
    """At most 45 characters: `Not answered: Dana Whitfield (Acme Foods)`."""
    name, company = clean(lead.name) or lead.email, clean(lead.company or "")
    whole = f"{_PREFIX}{name} ({company})" if company else f"{_PREFIX}{name}"
    return whole if len(whole) <= LONGEST_TITLE else shorten(f"{_PREFIX}{name}", LONGEST_TITLE)


def escalation_text(inquiry: Inquiry, lead: Lead, owner: Rep | None, zone: tzinfo) -> str:
    """`“Could you call me?” Inquiry at 14:02, answer was due by 14:07. Owner: Rita Reyes. Phone: +49 30 1234.`"""
    message = clean(inquiry.message)
    times = f"Inquiry at {inquiry.at.astimezone(zone):%H:%M}, answer was due by {inquiry.due_at.astimezone(zone):%H:%M}."
    parts = [f"“{shorten(message, 120)}”" if message else "", times, f"Owner: {clean(owner.name)}." if owner else "No owner."]
    return " ".join(part for part in (*parts, f"Phone: {clean(lead.phone)}." if lead.phone else "") if part)
