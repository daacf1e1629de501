"""Mail, Campaigns: the list, one with its audience or its progress, and the form of a draft."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.leads.lists import visible_lists
from tracker.actions.mail.templates import usable_template
from tracker.actions.outreach import campaigns as actions
from tracker.actions.outreach.audience import AudienceMember, audience_of
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Conflict, DeliveryError, Forbidden, Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.ops.audit import AuditAction
from tracker.domain.outreach.campaign import OWNER, Campaign, CampaignRecipient, CampaignState
from tracker.domain.team.rep import Rep
from tracker.rules.visibility import campaigns_of, may_act_as, may_see
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import sentence
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.text.mail.status_text import MessageStatus, status_of

blueprint = Blueprint("campaigns", __name__, url_prefix="/mail/campaigns")
NEW = "new"
STATES = {"draft": "Draft", "running": "Sending", "paused": "Paused", "done": "Done", "cancelled": "Cancelled"}
_FRAME = {"section": "mail", "tab": "campaigns"}
_SHOWN = 50
_LONGEST_NUMBER = 5


@dataclass(frozen=True, slots=True)
class ShownRecipient:
    """A recipient of a campaign that was started, with the state of the message."""

    recipient: CampaignRecipient
    lead: Lead
    status: MessageStatus | None


@blueprint.get("")
def index() -> str:
    """The campaigns of the rep, for admins all, the latest first."""
    viewer, store = current_user().viewer, workspace_store()
    page = store.campaigns.page(campaigns_of(viewer), cursor=request.args.get("cursor"), limit=_SHOWN)
    names = {rep.id: rep.name for rep in store.reps.all()}
    return render_template(
        "outreach/campaigns.html",
        **_FRAME,
        campaigns=page.items,
        next=page.next,
        is_first="cursor" not in request.args,
        states=STATES,
        names=names,
    )


@blueprint.get("/<campaign>")
def one(campaign: str) -> str:
    """A draft with its audience, or a started one with its progress."""
    return _one(_visible(campaign))


@blueprint.get("/<campaign>/edit")
def edit(campaign: str) -> str:
    """The form."""
    if campaign == NEW:
        return _form(NEW, {"sender": OWNER, "every_minutes": 2})
    found = _visible(campaign)
    values = {name: getattr(found, name) for name in ("name", "template", "sender", "needs_consent", "every_minutes", "list_name")}
    return _form(found.id, values)


@blueprint.post("/<campaign>/edit")
def save(campaign: str) -> Response | tuple[str, int]:
    """Saves a draft."""
    user, form = current_user(), request.form
    values: dict[str, Any] = {
        "name": form.get("name", ""),
        "template": form.get("template", ""),
        "sender": form.get("sender", OWNER) or OWNER,
        "needs_consent": form.get("needs_consent") == "yes",
        "every_minutes": _number(form.get("every_minutes", "")),
    }
    chosen: dict[str, Any] = {"lead_list": form["list"]} if form.get("list") else {}
    try:
        if campaign == NEW:
            made = actions.add_campaign(deps(), user.viewer, **{"lead_list": ""} | chosen, **values)
        else:
            made = actions.change_campaign(deps(), user.viewer, _visible(campaign), **chosen, **values)
    except (Invalid, Conflict, Forbidden) as error:
        problem = sentence_of(error) if isinstance(error, Invalid) else sentence(error)
        return _form(campaign, values | {"list": form.get("list", "")}, problem), 422
    note(AuditAction.CAMPAIGN_CHANGED, made.name, **({"added": "yes"} if campaign == NEW else {}))
    return redirect(f"/mail/campaigns/{made.id}", 303)


@blueprint.post("/<campaign>/state")
def switch(campaign: str) -> Response | tuple[str, int]:
    """Starts, pauses, resumes or cancels it."""
    found, wanted = _visible(campaign), request.form.get("state", "")
    try:
        changed = _switched(found, wanted)
    except (Invalid, Conflict) as error:
        return _one(found, sentence_of(error) if isinstance(error, Invalid) else sentence(error)), 422
    note(AuditAction.CAMPAIGN_CHANGED, changed.name, state=changed.state.value)
    flash(f"{changed.name}: {STATES[changed.state.value].lower()}")
    return redirect(f"/mail/campaigns/{changed.id}", 303)


@blueprint.post("/<campaign>/test")
def test(campaign: str) -> Response | tuple[str, int]:
    """Sends the email as the first recipient would get it to the rep."""
    found, rep = _visible(campaign), current_user().rep
    try:
        actions.try_campaign(deps(), current_user().workspace, found, rep)
    except (Invalid, DeliveryError, TooManyTries) as error:
        return _one(found, sentence_of(error) if isinstance(error, Invalid) else sentence(error)), 422
    flash(f"Test sent to {rep.email}.")
    return redirect(f"/mail/campaigns/{found.id}", 303)


@blueprint.post("/<campaign>/remove")
def remove(campaign: str) -> Response:
    """Deletes a draft. Raises Conflict."""
    found = _visible(campaign)
    actions.remove_campaign(deps(), found)
    note(AuditAction.DELETED, f"campaign “{found.name}”")
    flash(f"{found.name} deleted.")
    return redirect("/mail/campaigns", 303)


def _switched(found: Campaign, wanted: str) -> Campaign:
    if wanted not in ("running", "paused", "cancelled"):
        raise Invalid("state", "must be one of those offered")
    if wanted == CampaignState.RUNNING.value and found.state is CampaignState.DRAFT:
        return actions.start_campaign(deps(), current_user().workspace, found)
    return actions.switch_campaign(deps(), found, CampaignState(wanted))


def _visible(campaign: str) -> Campaign:
    return actions.visible_campaign(deps(), current_user().viewer, campaign)


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= _LONGEST_NUMBER else 0


def _one(found: Campaign, problem: str = "") -> str:
    store = workspace_store()
    reps = {rep.id: rep for rep in store.reps.all()}
    template = store.templates.find(found.template)
    context: dict[str, Any] = {
        "campaign": found,
        "states": STATES,
        "problem": problem,
        "template": template.name if template else "a removed template",
        "sender": "the owner of each lead" if found.sender == OWNER else _name(reps, found.sender),
        "names": {key: rep.name for key, rep in reps.items()},
    }
    if found.state is CampaignState.DRAFT:
        return render_template("outreach/campaign.html", **_FRAME, **context | _audience(found, problem))
    return render_template("outreach/campaign.html", **_FRAME, **context | _progress(found))


def _name(reps: dict[str, Rep], rep: str) -> str:
    return reps[rep].name if rep in reps else "a former rep"


def _audience(found: Campaign, problem: str) -> dict[str, Any]:
    """Whom a draft would be sent to now; where that cannot be said, why."""
    try:
        template = usable_template(deps(), found.workspace, found.template)
        members = audience_of(deps(), current_user().workspace, found, template)
    except Invalid as error:
        return {"members": [], "left_out": [], "problem": problem or sentence_of(error)}
    seen = [one for one in members if may_see(current_user().viewer, one.lead)]
    is_in: Callable[[AudienceMember], bool] = lambda one: not one.reason  # noqa: E731 - used twice
    return {"members": [one for one in seen if is_in(one)], "left_out": [one for one in seen if not is_in(one)], "shown": _SHOWN}


def _progress(found: Campaign) -> dict[str, Any]:
    store = workspace_store()
    page = store.campaign_recipients.page(found.id, cursor=request.args.get("cursor"), limit=_SHOWN)
    leads = store.leads.by_ids(each.lead for each in page.items)
    messages: dict[str, Message] = store.messages.by_ids(each.id for each in page.items)
    shown = [
        ShownRecipient(each, lead, status_of(message) if (message := messages.get(each.id)) else None)
        for each in page.items
        if (lead := leads.get(each.lead)) is not None and may_see(current_user().viewer, lead)
    ]
    counts = store.campaign_recipients.counts(found.id)
    return {
        "recipients": shown,
        "counts": counts,
        "total": sum(counts.values()),
        "figures": store.messages.campaign_figures(found.id),
        "next": page.next,
        "is_first": "cursor" not in request.args,
    }


def _form(key: str, values: dict[str, Any], problem: str = "") -> str:
    viewer, store = current_user().viewer, workspace_store()
    senders = [(rep.id, rep.name) for rep in store.reps.active() if may_act_as(viewer, rep.id)]
    return render_template(
        "outreach/campaign_form.html",
        **_FRAME,
        key=key,
        values=values,
        problem=problem,
        lists=[(each.id, each.name) for each in visible_lists(deps(), viewer)],
        templates=[(brief.id, brief.name) for brief in store.templates.briefs() if not brief.is_archived],
        senders=[(OWNER, "The owner of each lead"), *senders],
    )
