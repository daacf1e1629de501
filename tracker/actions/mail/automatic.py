"""Whether an email that no person sent may still go: asked again right before each try. Called by actions.mail_queue and actions.outreach."""

from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message, MessageState
from tracker.domain.outreach.campaign import CampaignState
from tracker.domain.outreach.sequence import Enrolment, EnrolmentState
from tracker.domain.pipeline.automation import AutomationEntry, AutomationState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.automations.shipped import with_shipped
from tracker.rules.outreach.merged import first_of
from tracker.rules.outreach.stops import end_of_sequence, unreachable

SEQUENCE, CAMPAIGN, AUTOMATION = "sequence", "campaign", "automation"
"""What has email sent by itself; `Message.automatic` begins with one of them."""
INTERRUPTED = "Sending was interrupted, so the email may have arrived. Send it again only if it did not."
_PAUSED, _BUSY = timedelta(minutes=10), timedelta(minutes=2)


class Pause(NamedTuple):
    """How long an email waits that may not be sent now."""

    reason: str
    time: timedelta


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


def check_automatic(deps: Deps, workspace: Workspace, message: Message, lead: Lead, sender: Rep) -> Pause | None:
    """Empty: the message may be sent now. Else it waits: its campaign is paused, its sequence is off, or another one like it is being sent.

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
        busy = _one_of_two(deps, message)
        return Pause("The campaign is paused.", _PAUSED) if campaign.state is CampaignState.PAUSED else busy
    if kind == AUTOMATION:
        _check_effect(deps, message, record)
    if kind == SEQUENCE:
        enrolment = _going_on(deps, message, record)
        if enrolment is None or enrolment.state is EnrolmentState.STOPPED:
            raise Invalid("sequence", "Not sent: the lead was taken out of the sequence.")
        if reason := stop_reason(deps, workspace, enrolment, lead, sender):
            raise Invalid("sequence", f"Not sent: {reason[:1].lower()}{reason[1:]}.")
        return None if here.sequences.get(enrolment.sequence).is_on else Pause("The sequence is off.", _PAUSED)
    return None


def _one_of_two(deps: Deps, message: Message) -> Pause | None:
    """A lead that was merged with one who is in the same campaign gets it once: while one email is being sent, the other one waits.

    Of those that see each other, the first by id is tried again sooner, so that they do not meet each time. Raises Invalid where one was sent, or
    may have arrived.
    """
    here = deps.store.of(message.workspace)
    if len(here.leads.ids_with_merged([message.lead])) == 1:
        return None
    others = [one for one in here.messages.briefs_of_leads([message.lead]) if one.campaign == message.campaign and one.id != message.id]
    if any(one.sent_at is not None for one in others):
        raise Invalid("campaign", "Not sent: the lead got it under another address.")
    if any(one.may_be_duplicate for one in others):
        raise Invalid("campaign", "Not sent: the lead may have got it under another address.")
    busy = [one.id for one in others if one.state is MessageState.SENDING]
    if not busy:
        return None
    return Pause("It is being sent to the lead's other address.", _BUSY if message.id < min(busy) else _PAUSED)


def _going_on(deps: Deps, message: Message, record: str) -> Enrolment | None:
    """The enrolment that sent the message; after a merge, the one that took the step over. An email that both wrote goes once."""
    here = deps.store.of(message.workspace)
    found = here.enrolments.find(record)
    if found is None or not found.is_held:
        return found
    kept = here.leads.kept_ids([found.lead])[found.lead]
    first = first_of([one for one in here.enrolments.of_lead(found.lead) if one.sequence == found.sequence], kept)
    is_taken = first is not None and any(run.record == message.id for run in first.steps.values())
    return first if is_taken else found


def was_undone(deps: Deps, entry: AutomationEntry) -> bool:
    """Whether a person undid what the automation did, in its log or as any other change; also where the undo was interrupted."""
    change = deps.store.of(entry.workspace).changes.find(entry.id)
    return entry.state is AutomationState.UNDONE or (change is not None and change.undone_by is not None)


def _check_effect(deps: Deps, message: Message, record: str) -> None:
    """The message of an effect has its id. Raises Invalid where the effect must not happen any more."""
    here = deps.store.of(message.workspace)
    automation = next((one for one in with_shipped(here.automations.all(), message.workspace) if one.id == record), None)
    if automation is None or not automation.is_on:
        raise Invalid("automation", "Not sent: the automation was switched off.")
    effect = here.automation_effects.find(message.id)
    entry = here.automation_log.find(effect.entry) if effect else None
    if entry is None or was_undone(deps, entry):
        raise Invalid("automation", "Not sent: it was undone.")
