"""Sends what is due of running campaigns. Called by the schedule every minute; safe to repeat.

Each sender sends one email, then pauses. The message of a recipient has the recipient's id: however often this is interrupted, no lead gets two.
"""

import logging
from datetime import datetime, timedelta

import msgspec
import redis
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_due
from tracker.actions.mail.automatic import CAMPAIGN, named
from tracker.actions.mail.compose import missing_field
from tracker.actions.outreach.audience import MOST_RECIPIENTS, OTHER_OWNER, maker_of, refusal
from tracker.actions.outreach.budget import MailBudget
from tracker.actions.outreach.letters import is_about_settings, send_fixed, with_signature, with_unsubscribe
from tracker.base.errors import Invalid, NotFound
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageState
from tracker.domain.outreach.campaign import OWNER, Campaign, CampaignRecipient, CampaignState, RecipientState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.consent import lead_language
from tracker.rules.outreach.stops import NO_SENDER, unreachable
from tracker.rules.visibility import may_enrol
from tracker.rules.working_hours import is_open

log = logging.getLogger(__name__)
_R = RecipientState
MAKER_LEFT = "Who made this campaign has left"


def run_campaigns(deps: Deps, now: datetime) -> None:
    """Sends the next emails of all running campaigns."""
    in_due(deps, deps.store.due_workspaces.with_campaigns(), lambda one: _run_in(deps, one, now))


def _run_in(deps: Deps, workspace: Workspace, now: datetime) -> None:
    run = _CampaignRun(deps, workspace, now)
    for campaign in deps.store.of(workspace.id).campaigns.running():
        run.guarded(campaign)


class _CampaignRun:
    """One run in one workspace."""

    def __init__(self, deps: Deps, workspace: Workspace, now: datetime) -> None:
        self._deps, self._workspace, self._now = deps, workspace, now
        self._here = deps.store.of(workspace.id)
        self._reps = {rep.id: rep for rep in self._here.reps.active()}
        self._budget = MailBudget(deps, workspace, now)

    def guarded(self, campaign: Campaign) -> None:
        """As `send`; a campaign that fails keeps no other from being sent. Raises PyMongoError, RedisError, OSError."""
        try:
            self.send(campaign)
        except (PyMongoError, redis.RedisError, OSError):
            raise
        except Exception:
            log.exception("campaign failed", extra={"campaign": campaign.id})

    def send(self, campaign: Campaign) -> None:
        """At most one email of each sender; those who can no more be written to are left out on the way."""
        waiting = self._here.campaign_recipients.waiting(campaign.id, MOST_RECIPIENTS)
        if not waiting:
            if self._here.messages.campaign_figures(campaign.id).waiting:
                return  # in the mail queue, where a pause or the end of the campaign still holds them
            self._here.campaigns.switch(campaign.id, (CampaignState.RUNNING,), state=CampaignState.DONE, ended_at=self._now)
            return
        pausing = {rep for rep, until in campaign.next_at.items() if until > self._now}
        for one in waiting:
            rep = self._reps.get(one.rep)
            if rep is None:
                if not self._hand_over(campaign, one):
                    self._end(one, _R.LEFT_OUT, NO_SENDER)
            elif rep.id not in pausing and self._take(campaign, one, rep):
                pausing.add(rep.id)

    def _take(self, campaign: Campaign, one: CampaignRecipient, rep: Rep) -> bool:
        """Whether the sender has to pause after this recipient."""
        zone = zone_of(rep.timezone, self._workspace.timezone)
        if not is_open(self._now, self._workspace.working_hours, zone):
            return True
        lead, known = self._here.leads.find(one.lead), self._here.messages.find(one.id)
        if known is not None and known.state is not MessageState.DRAFT:  # written before an interruption
            self._end(one, _R.WRITTEN)
            return False
        if lead is None or (reason := self._refusal(campaign, lead, rep)):
            self._end(one, _R.LEFT_OUT, unreachable(None) if lead is None else reason)
            return False
        if self._hand_over(campaign, one, lead):
            return False
        if self._budget.refusal(rep, lead.id, self._here.messages.briefs_of_leads([lead.id])):
            return False
        return self._write(campaign, one, lead, rep)

    def _hand_over(self, campaign: Campaign, one: CampaignRecipient, lead: Lead | None = None) -> bool:
        """Whether the lead got another owner since the start, who sends the email then, in the next run."""
        if campaign.sender != OWNER:
            return False
        found = lead or self._here.leads.find(one.lead)
        rep = self._reps.get(found.owner or "") if found else None
        if rep is None or rep.id == one.rep:
            return False
        self._here.campaign_recipients.hand_over(one.id, rep.id)
        return True

    def _refusal(self, campaign: Campaign, lead: Lead, rep: Rep) -> str:
        """Also where a person sent the template, the lead got another owner, or the maker left meanwhile."""
        try:
            maker = maker_of(self._deps, self._workspace, campaign)
        except Invalid:
            return MAKER_LEFT
        if not may_enrol(maker, lead):
            return OTHER_OWNER
        written_to = self._here.messages.leads_with_template(campaign.template, [lead.id])
        content = campaign.content
        missing = missing_field(lead, rep, subject=content.subject, html=content.html) if content else "The template was removed"
        return refusal(self._workspace, campaign, lead, rep, lead.id if written_to else "") or missing

    def _write(self, campaign: Campaign, one: CampaignRecipient, lead: Lead, rep: Rep) -> bool:
        language = lead_language(lead, self._workspace.tracking_policy)
        content = campaign.content
        if content is None:
            return False
        content = msgspec.structs.replace(content, html=with_unsubscribe(with_signature(content.html, rep), language))
        self._here.campaigns.pace(campaign.id, rep.id, self._now + timedelta(minutes=campaign.every_minutes))
        automatic = named(CAMPAIGN, campaign.id)
        try:
            send_fixed(
                self._deps,
                self._workspace.id,
                key=one.id,
                lead=lead.id,
                rep=rep,
                content=content,
                campaign=campaign.id,
                automatic=automatic,
            )
        except (Invalid, NotFound) as error:
            log.warning("campaign email not written", extra={"campaign": campaign.id, "reason": str(error)})
            if is_about_settings(error):
                return True  # an admin can change it; no lead is left out because of it
            self._end(one, _R.LEFT_OUT, f"Not sent: {error}")
            return False
        self._budget.spend(rep, lead.id)
        self._end(one, _R.WRITTEN)
        return True

    def _end(self, one: CampaignRecipient, state: RecipientState, reason: str = "") -> None:
        self._here.campaign_recipients.end(one.id, state, self._now, reason)
