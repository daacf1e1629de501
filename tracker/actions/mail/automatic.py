"""Whether an email that no person sent may still go: asked again right before each try. Called by actions.mail_queue and actions.outreach."""

from datetime import datetime

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.outreach.campaign import CampaignState
from tracker.domain.outreach.sequence import Enrolment, EnrolmentState
from tracker.domain.pipeline.automation import AutomationState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.automations.shipped import with_shipped
from tracker.rules.outreach.stops import end_of_sequence, unreachable

SEQUENCE, CAMPAIGN, AUTOMATION = "sequence", "campaign", "automation"
"""What has email sent by itself; `Message.automatic` begins with one of them."""
INTERRUPTED = "Sending was interrupted, so the email may have arrived. Send it again only if it did not."


def named(kind: str, record: str) -> str:
    """`Message.automatic` of what this record has sent."""
    return f"{kind}:{record}"


def replied_at(deps: Deps, workspace: str, lead: str) -> datetime | None:
    """The lead's last reply to an email."""
    found = deps.store.of(workspace).conversations.of_lead(lead, 1)
    return found[0].replied_at if found else None


def stop_reason(deps: Deps, workspace: Workspace, enrolment: Enrolment, lead: Lead | None, sender: Rep | None) -> str:
    """Why the lead is taken out of the sequence; empty: it stays."""
    sequence = deps.store.of(workspace.id).sequences.find(enrolment.sequence)
    replied = replied_at(deps, workspace.id, enrolment.lead)
    return end_of_sequence(sequence, enrolment.enrolled_at, lead, sender, replied, workspace)


def check_automatic(deps: Deps, workspace: Workspace, message: Message, lead: Lead, sender: Rep) -> bool:
    """Whether the message may be sent now; false: it waits, since its campaign is paused or its sequence is off.

    Raises Invalid where it must not be sent.
    """
    kind, _, record = message.automatic.partition(":")
    if message.was_interrupted:
        raise Invalid("message", INTERRUPTED)
    if reason := unreachable(lead):
        raise Invalid("lead", f"Not sent: {reason[:1].lower()}{reason[1:]}.")
    here = deps.store.of(workspace.id)
    if kind == CAMPAIGN:
        campaign = here.campaigns.find(record)
        if campaign is None or campaign.state is CampaignState.CANCELLED:
            raise Invalid("campaign", "Not sent: the campaign was cancelled.")
        return campaign.state is not CampaignState.PAUSED
    if kind == AUTOMATION:
        _check_effect(deps, message, record)
    if kind == SEQUENCE:
        enrolment = here.enrolments.find(record)
        if enrolment is None or enrolment.state is EnrolmentState.STOPPED:
            raise Invalid("sequence", "Not sent: the lead was taken out of the sequence.")
        if reason := stop_reason(deps, workspace, enrolment, lead, sender):
            raise Invalid("sequence", f"Not sent: {reason[:1].lower()}{reason[1:]}.")
        return here.sequences.get(enrolment.sequence).is_on
    return True


def _check_effect(deps: Deps, message: Message, record: str) -> None:
    """The message of an effect has its id. Raises Invalid where the effect must not happen any more."""
    here = deps.store.of(message.workspace)
    automation = next((one for one in with_shipped(here.automations.all(), message.workspace) if one.id == record), None)
    if automation is None or not automation.is_on:
        raise Invalid("automation", "Not sent: the automation was switched off.")
    effect = here.automation_effects.find(message.id)
    entry = here.automation_log.find(effect.entry) if effect else None
    if entry is None or entry.state is AutomationState.UNDONE:
        raise Invalid("automation", "Not sent: it was undone.")
