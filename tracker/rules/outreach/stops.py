"""Why a lead gets no more email by itself: what ends a sequence, and who is left out of a campaign. Pure."""

from collections.abc import Container
from datetime import datetime

from tracker.domain.leads.lead import Lead
from tracker.domain.outreach.sequence import Sequence
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace

NO_SENDER = "No owner who can send email"


def unreachable(lead: Lead | None) -> str:
    """Why no email may go to the lead; empty: it may."""
    if lead is None:
        return "The lead was removed, or merged with another one"
    if lead.archived_at is not None:
        return "Archived"
    if lead.opted_out_at is not None:
        return "Asked for no more email"
    if "@" not in lead.email:
        return "No address"
    return "Email to this address bounced" if lead.bounced_at is not None else ""


def end_of_sequence(
    sequence: Sequence | None,
    enrolled_at: datetime,
    lead: Lead | None,
    sender: Rep | None,
    replied_at: datetime | None,
    workspace: Workspace,
) -> str:
    """Why the lead is taken out of the sequence; empty: it stays. `replied_at`: the last reply, which may not be in the lead yet."""
    if sequence is None:
        return "The sequence was removed"
    reason = unreachable(lead)
    if lead is None or reason:
        return reason
    if sender is None or not sender.is_active:
        return NO_SENDER
    return _responded(enrolled_at, lead, replied_at) or _in_stage(sequence, lead, workspace)


def _responded(enrolled_at: datetime, lead: Lead, replied_at: datetime | None) -> str:
    if replied_at is not None and replied_at > enrolled_at:
        return "Replied"
    last = lead.derived.last_response_at
    return "Responded: a reply, an inquiry, a call or a meeting" if last is not None and last > enrolled_at else ""


def _in_stage(sequence: Sequence, lead: Lead, workspace: Workspace) -> str:
    stage = workspace.stage(lead.stage)
    is_over = lead.stage in sequence.stop_stages or (stage is not None and stage.kind != "open")
    return f"In the stage {workspace.stage_name(lead.stage)}" if is_over else ""


def left_out(lead: Lead, sender: Rep | None, *, may_track: bool, needs_consent: bool, written_to: Container[str]) -> str:
    """Why the lead is left out of a campaign; empty: it is written to. `written_to`: leads that got the template before."""
    if reason := unreachable(lead):
        return reason
    if sender is None or not sender.is_active:
        return NO_SENDER
    if needs_consent and not may_track:
        return "No consent to tracking"
    return "Already got this email" if lead.id in written_to else ""
