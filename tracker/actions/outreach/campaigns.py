"""Campaigns as reps set them: made from a list and a template, tested, started, paused and cancelled. Used by console and API."""

from typing import Any

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.leads.lists import visible_list, with_ids
from tracker.actions.mail.sending import check_sending
from tracker.actions.mail.templates import usable_template
from tracker.actions.mail.trial import send_trial
from tracker.actions.outreach.audience import audience_of
from tracker.actions.outreach.letters import with_signature, with_unsubscribe
from tracker.base.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.base.ids import id_of, new_id
from tracker.domain.outreach.campaign import OWNER, Campaign, CampaignRecipient, CampaignState, RecipientState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.condition import parsed, plain
from tracker.rules.consent import lead_language
from tracker.rules.visibility import Viewer, may_act_as, may_change_outreach

MOST_CAMPAIGNS = 500
LONGEST_PAUSE = 240
_S = CampaignState
_AT_ONCE = 500
_STEPS = {_S.PAUSED: (_S.RUNNING,), _S.RUNNING: (_S.PAUSED,), _S.CANCELLED: (_S.RUNNING, _S.PAUSED)}
"""From which states a campaign that was started gets into each."""


def add_campaign(deps: Deps, viewer: Viewer, *, name: str, lead_list: str, template: str, **more: Any) -> Campaign:
    """Adds a draft. `more`: sender, needs_consent, every_minutes. Raises NotFound, Invalid, Forbidden; Conflict beyond `MOST_CAMPAIGNS`."""
    here = deps.store.of(viewer.workspace.id).campaigns
    values = _checked(deps, viewer, {"name": name, "lead_list": lead_list, "template": template, **more})
    if here.count(limit=MOST_CAMPAIGNS) >= MOST_CAMPAIGNS:
        raise Conflict(f"there are {MOST_CAMPAIGNS} campaigns already; delete drafts first")
    rep = viewer.rep.id if viewer.rep else None
    return here.add(Campaign(id=new_id(), workspace=viewer.workspace.id, rep=rep, created_at=deps.now(), **values))


def change_campaign(deps: Deps, viewer: Viewer, found: Campaign, *, version: int | None = None, **values: Any) -> Campaign:
    """Changes a draft: what `add_campaign` takes. Raises NotFound, Invalid, Forbidden, Conflict."""
    if found.state is not _S.DRAFT:
        raise Conflict("this campaign was started and cannot be changed")
    changes = _checked(deps, viewer, values)
    return deps.store.of(viewer.workspace.id).campaigns.change(found.id, version=found.version if version is None else version, **changes)


def remove_campaign(deps: Deps, found: Campaign) -> None:
    """Deletes a draft. Raises Conflict."""
    here = deps.store.of(found.workspace)
    if not here.campaigns.switch(found.id, (_S.DRAFT,), state=_S.CANCELLED):  # so that it cannot be started meanwhile
        raise Conflict("this campaign was started; its emails stay, and so does it")
    here.campaign_recipients.remove_of(found.id)
    here.campaigns.remove(found.id)


def visible_campaign(deps: Deps, viewer: Viewer, campaign: str) -> Campaign:
    """The campaign. Raises NotFound, also for a colleague's."""
    found = deps.store.of(viewer.workspace.id).campaigns.find(campaign)
    if found is None or not may_change_outreach(viewer, found.rep):
        raise NotFound("no such campaign")
    return found


def start_campaign(deps: Deps, workspace: Workspace, found: Campaign) -> Campaign:
    """Fixes recipients and text, and begins to send. Raises Invalid, Conflict."""
    here, now = deps.store.of(workspace.id), deps.now()
    if found.state is not _S.DRAFT:
        raise Conflict("this campaign was started already")
    template = usable_template(deps, workspace.id, found.template)
    members = audience_of(deps, workspace, found, template)
    if all(one.reason for one in members):
        raise Invalid("list", "has no lead who can be written to")
    first = next(one for one in members if not one.reason)
    check_sending(deps.settings, workspace, first.lead, first.rep)
    claimed = here.campaigns.change(found.id, version=found.version)  # a change or another start at the same time ends one of the two
    here.campaign_recipients.remove_of(found.id)  # of a start that was interrupted
    rows = [
        CampaignRecipient(
            id=id_of(found.id, one.lead.id),
            workspace=workspace.id,
            campaign=found.id,
            lead=one.lead.id,
            rep=one.rep.id if one.rep else "",
            position=number,
            state=RecipientState.LEFT_OUT if one.reason else RecipientState.WAITING,
            reason=one.reason,
            at=now,
        )
        for number, one in enumerate(members)
    ]
    for start in range(0, len(rows), _AT_ONCE):
        here.campaign_recipients.add_once_each(rows[start : start + _AT_ONCE])
    if not here.campaigns.switch(found.id, (_S.DRAFT,), version=claimed.version, state=_S.RUNNING, content=template, started_at=now):
        raise Conflict("this campaign was changed or started meanwhile; look again")
    return here.campaigns.get(found.id)


def switch_campaign(deps: Deps, found: Campaign, state: CampaignState) -> Campaign:
    """Pauses, resumes or cancels it; what waits in the mail queue then is not sent. Raises Conflict."""
    here = deps.store.of(found.workspace).campaigns
    ended: dict[str, Any] = {"ended_at": deps.now()} if state is _S.CANCELLED else {}
    if not here.switch(found.id, _STEPS[state], state=state, **ended):
        raise Conflict(f"this campaign is {here.get(found.id).state.value} now")
    return here.get(found.id)


def try_campaign(deps: Deps, workspace: Workspace, found: Campaign, rep: Rep | None) -> None:
    """Sends the email as the first recipient would get it to the rep. Raises Invalid, DeliveryError, TooManyTries."""
    if rep is None:
        raise Invalid("rep", "is missing: this key belongs to no rep who could get the test")
    template = found.content or usable_template(deps, workspace.id, found.template)
    lead = next((one.lead for one in audience_of(deps, workspace, found, template) if not one.reason), None)
    if lead is None:
        raise Invalid("list", "has no lead who can be written to")
    html = with_unsubscribe(with_signature(template.html, rep), lead_language(lead, workspace.tracking_policy))
    send_trial(deps, lead, rep, subject=template.subject, html=html)


def _checked(deps: Deps, viewer: Viewer, given: dict[str, Any]) -> dict[str, Any]:
    values = dict(given)
    if "name" in values:
        values["name"] = checks.line("name", values["name"], longest=80)
    if "template" in values:
        usable_template(deps, viewer.workspace.id, values["template"])
    if "lead_list" in values:
        chosen = visible_list(deps, viewer, values.pop("lead_list"))
        values |= {"condition": plain(with_ids(deps, viewer.workspace, parsed(chosen.condition))), "list_name": chosen.name}
    if not 1 <= values.get("every_minutes", 1) <= LONGEST_PAUSE:
        raise Invalid("every_minutes", f"must be from 1 to {LONGEST_PAUSE}")
    if values.get("sender", OWNER) != OWNER:
        _check_sender(deps, viewer, values["sender"])
    return values


def _check_sender(deps: Deps, viewer: Viewer, sender: str) -> None:
    if sender not in {rep.id for rep in deps.store.of(viewer.workspace.id).reps.active()}:
        raise Invalid("sender", "must be owner, or the id of a rep")
    if not may_act_as(viewer, sender):
        raise Forbidden("only admins send in the name of others")
