"""Whom a campaign is sent to, by whom, and who is left out with the reason. Used before it is started, and by its start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracker.actions.deps import Deps
from tracker.actions.leads.lists import test_of
from tracker.actions.mail.compose import missing_field
from tracker.base.errors import Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.template import Template
from tracker.domain.mail.tracking import Tracking
from tracker.domain.outreach.campaign import OWNER, Campaign
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.condition import parsed
from tracker.rules.consent import allowed
from tracker.rules.outreach.stops import left_out
from tracker.rules.visibility import Viewer, may_enrol, scope
from tracker.store.leads.lead_query import LeadQuery

MOST_RECIPIENTS = 2_000
OTHER_OWNER = "Has another owner"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AudienceMember:
    """One lead of the list. `reason`: why it is left out; empty: it is written to, by `rep`."""

    lead: Lead
    rep: Rep | None
    reason: str


def maker_of(deps: Deps, workspace: Workspace, campaign: Campaign) -> Viewer:
    """Whose leads a campaign reaches: those of the rep who made it. Raises Invalid for a rep who left."""
    rep = deps.store.of(workspace.id).reps.find(campaign.rep) if campaign.rep else None
    if campaign.rep and (rep is None or not rep.is_active):
        raise Invalid("rep", "who made this campaign has left")
    return Viewer(workspace, rep)


def audience_of(deps: Deps, workspace: Workspace, campaign: Campaign, template: Template) -> list[AudienceMember]:
    """The leads of the list that its maker may write to, and of which it is said why they are left out. Raises Invalid for too many."""
    here, maker = deps.store.of(workspace.id), maker_of(deps, workspace, campaign)
    condition = parsed(campaign.condition)
    query = LeadQuery(test=test_of(deps, maker, condition), visible_to=scope(maker))
    ids = here.leads.ids_of(query, most=MOST_RECIPIENTS + 1)
    if len(ids) > MOST_RECIPIENTS:
        raise Invalid("list", f"has more than {MOST_RECIPIENTS:,} leads; narrow it")
    reps = {rep.id: rep for rep in here.reps.active()}
    return [
        member
        for start in range(0, len(ids), _AT_ONCE)
        for member in _members(deps, maker, campaign, template, ids[start : start + _AT_ONCE], reps)
    ]


def _members(
    deps: Deps, maker: Viewer, campaign: Campaign, template: Template, ids: list[str], reps: Mapping[str, Rep]
) -> Iterator[AudienceMember]:
    here = deps.store.of(maker.workspace.id)
    known, written_to = here.leads.by_ids(ids), here.messages.leads_with_template(template.id, ids)
    for lead in (known[key] for key in ids if key in known):
        rep = sender_of(campaign, lead, reps)
        reason = refusal(maker.workspace, campaign, lead, rep, "" if lead.id not in written_to else lead.id)
        if not may_enrol(maker, lead):
            reason = OTHER_OWNER
        yield AudienceMember(lead, rep, reason or missing_field(lead, rep, subject=template.subject, html=template.html))


def sender_of(campaign: Campaign, lead: Lead, reps: Mapping[str, Rep]) -> Rep | None:
    """In whose name the lead is written to."""
    return reps.get((lead.owner or "") if campaign.sender == OWNER else campaign.sender)


def refusal(workspace: Workspace, campaign: Campaign, lead: Lead, rep: Rep | None, written_to: str) -> str:
    """Why the lead is left out of the campaign; empty: it is written to."""
    may_track = allowed(lead, workspace.tracking_policy).degree is not Tracking.OFF
    return left_out(lead, rep, may_track=may_track, needs_consent=campaign.needs_consent, written_to=(written_to,))
