"""The lead who inquires by email: the one with that address, or a new one. Called by `take`."""

from typing import Any

from tracker.actions.assignment.assign import Assigner
from tracker.actions.deps import Deps
from tracker.actions.leads.fields import validated
from tracker.actions.leads.leads import add_lead
from tracker.base.errors import Invalid, Taken
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.inquiry_mailbox import InquiryMailbox, InquiryMailRule
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.inquiries.mail_rules import ReportedInquiry
from tracker.store.leads.leads import Leads


def lead_of_inquiry(
    deps: Deps, workspace: Workspace, inquiry: ReportedInquiry, rule: InquiryMailRule | None, mailbox: InquiryMailbox
) -> tuple[Lead | None, bool]:
    """The lead, and whether it is new; None for an address that no lead may have. Nothing is changed of a lead that exists.

    Values that a lead may not have, such as an unknown choice of a custom field, are left out: the inquiry's message has them.
    """
    here = deps.store.of(workspace.id).leads
    try:
        email = validated("email", inquiry.email)
    except Invalid:
        return None, False
    known = _with_address(here, email)
    if known is not None:
        return known, False
    values = _values(inquiry, email)
    source = (rule.source if rule else "") or mailbox.source
    owner, assigner = _owner(deps, workspace, rule), Assigner(deps, workspace)
    custom = {"fields": dict(inquiry.custom)} if inquiry.custom else {}
    for more in (custom, {}):
        try:
            given: dict[str, Any] = {**values, **more, "source": source, "owner": owner}
            return add_lead(deps, workspace.id, email=email, assigner=assigner, **given), True
        except Taken:  # added by another process meanwhile
            return _with_address(here, email), False
        except Invalid:
            continue
    return None, False


def _with_address(leads: Leads, email: str) -> Lead | None:
    """The lead to whom the address belongs; of a merged one that lead itself, so that the inquiry goes with it if the merge is taken back."""
    return next(iter(leads.addressees([email]).values()), None)


def _owner(deps: Deps, workspace: Workspace, rule: InquiryMailRule | None) -> str | None:
    """The rep of the rule, or the next one of its team; None: as the assignment rules say."""
    if rule is None:
        return None
    active = {rep.id for rep in deps.store.of(workspace.id).reps.active()}
    if rule.owner in active:
        return rule.owner
    team = next((one for one in workspace.teams if one.id == rule.team), None)
    members = [rep for rep in team.members if rep in active] if team else []
    return deps.store.of(workspace.id).assignment_turns.take(team.id, members)[0] if team and members else None


def _values(inquiry: ReportedInquiry, email: str) -> dict[str, Any]:
    """Name, company and phone, as far as a lead may have them."""
    kept: dict[str, Any] = {}
    for name in ("name", "company", "phone"):
        text = inquiry.values.get(name, "").strip()
        try:
            kept |= {name: validated(name, text[:120])} if text else {}
        except Invalid:
            continue
    return {"name": email.partition("@")[0]} | kept
