"""/campaigns: one template as a personal email to each lead of a list. For those who made them, and admins."""

from typing import Any

from tracker.actions.mail.templates import usable_template
from tracker.actions.outreach import campaigns as actions
from tracker.actions.outreach.audience import audience_of
from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.outreach.campaign import Campaign, CampaignState
from tracker.rules.visibility import campaigns_of, may_see
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, Paged
from tracker.web.api.schemas.outreach.campaigns import (
    AudienceOut,
    CampaignChange,
    CampaignDetails,
    CampaignIn,
    CampaignOut,
    CampaignSwitch,
    RecipientOut,
    audience_out,
    campaign_details,
    campaign_out,
    recipient_out,
)

operations = Operations()
_CHANGED = (AuditAction.CAMPAIGN_CHANGED,)


def _visible(call: Call, campaign: str) -> Campaign:
    return actions.visible_campaign(call.deps, call.viewer, campaign)


@operations.add("GET", "/campaigns", query=Paged, response=List[CampaignOut])
def list_campaigns(call: Call, query: Paged) -> List[CampaignOut]:
    """Lists the campaigns of the caller, for admins all, the latest first."""
    page = call.store.campaigns.page(campaigns_of(call.viewer), cursor=query.cursor, limit=query.limit)
    return List[CampaignOut].model_construct(items=[campaign_out(one) for one in page.items], next=page.next)


def _authorize_add(_call: Call, body: CampaignIn) -> None:
    """Every rep and program of the workspace may; it reaches the leads that they may write to."""
    del body


@operations.add("POST", "/campaigns", body=CampaignIn, response=CampaignOut, status=201, authorize=_authorize_add, audit=_CHANGED)
def add_campaign(call: Call, body: CampaignIn) -> CampaignOut:
    """Adds a campaign as a draft. It is sent once it is started (`POST /campaigns/{campaign}/state`)."""
    values: dict[str, Any] = body.model_dump()
    made = actions.add_campaign(call.deps, call.viewer, lead_list=values.pop("list"), **values)
    call.record(AuditAction.CAMPAIGN_CHANGED, made.name, added="yes")
    return campaign_out(made)


@operations.add("GET", "/campaigns/{campaign}", response=CampaignDetails)
def get_campaign(call: Call, campaign: str) -> CampaignDetails:
    """Returns a campaign with its progress."""
    return _details(call, _visible(call, campaign))


@operations.add("PATCH", "/campaigns/{campaign}", body=CampaignChange, response=CampaignOut, audit=_CHANGED)
def change_campaign(call: Call, campaign: str, body: CampaignChange) -> CampaignOut:
    """Changes a draft."""
    found, given = _visible(call, campaign), body.given()
    version = given.pop("version", None)
    if empty := next((name for name, value in given.items() if value is None), None):
        raise Invalid(empty, "cannot be emptied")
    if "list" in given:
        given["lead_list"] = given.pop("list")
    changed = actions.change_campaign(call.deps, call.viewer, found, version=version, **given)
    call.record(AuditAction.CAMPAIGN_CHANGED, changed.name, changed=", ".join(sorted(given)))
    return campaign_out(changed)


@operations.add("DELETE", "/campaigns/{campaign}", status=204, audit=(AuditAction.DELETED,))
def remove_campaign(call: Call, campaign: str) -> None:
    """Deletes a draft."""
    found = _visible(call, campaign)
    actions.remove_campaign(call.deps, found)
    call.record(AuditAction.DELETED, f"campaign “{found.name}”")


@operations.add("GET", "/campaigns/{campaign}/audience", response=AudienceOut)
def get_audience(call: Call, campaign: str) -> AudienceOut:
    """Says whom the campaign would be sent to if it was started now, and who is left out and why."""
    found = _visible(call, campaign)
    template = found.content or usable_template(call.deps, call.workspace.id, found.template)
    members = audience_of(call.deps, call.workspace, found, template)
    return audience_out([one for one in members if may_see(call.viewer, one.lead)])


def _authorize(call: Call, campaign: str, **_: Any) -> None:
    _visible(call, campaign)


@operations.add("POST", "/campaigns/{campaign}/test", status=204, authorize=_authorize)
def send_campaign_test(call: Call, campaign: str) -> None:
    """Sends the email as the first recipient would get it to the rep of the key."""
    actions.try_campaign(call.deps, call.workspace, _visible(call, campaign), call.rep)


@operations.add("POST", "/campaigns/{campaign}/state", body=CampaignSwitch, response=CampaignDetails, authorize=_authorize, audit=_CHANGED)
def switch_campaign(call: Call, campaign: str, body: CampaignSwitch) -> CampaignDetails:
    """Starts, pauses, resumes or cancels a campaign."""
    found = _visible(call, campaign)
    if body.state == "running" and found.state is CampaignState.DRAFT:
        changed = actions.start_campaign(call.deps, call.workspace, found)
    else:
        changed = actions.switch_campaign(call.deps, found, CampaignState(body.state))
    call.record(AuditAction.CAMPAIGN_CHANGED, changed.name, state=changed.state.value)
    return _details(call, changed)


@operations.add("GET", "/campaigns/{campaign}/recipients", query=Paged, response=List[RecipientOut])
def list_recipients(call: Call, campaign: str, query: Paged) -> List[RecipientOut]:
    """Lists the recipients of a campaign that was started, of those that the caller sees."""
    page = call.store.campaign_recipients.page(_visible(call, campaign).id, cursor=query.cursor, limit=query.limit)
    leads = call.store.leads.by_ids(one.lead for one in page.items)
    items = [recipient_out(one) for one in page.items if may_see(call.viewer, leads.get(one.lead))]
    return List[RecipientOut].model_construct(items=items, next=page.next)


def _details(call: Call, found: Campaign) -> CampaignDetails:
    return campaign_details(found, call.store.campaign_recipients.counts(found.id), call.store.messages.campaign_figures(found.id))
