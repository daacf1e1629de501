"""What someone else with a lead's mail is called, in alerts and in the console. Pure."""

from tracker.domain.activity.event import OTHER_READER
from tracker.domain.leads.lead import Lead

UNNAMED = "Someone else"


def reader_name(lead: Lead, reader: str | None) -> str:
    """`Someone else at Acme`, without a company `Someone else`; the lead's name if the lead is the reader."""
    if reader != OTHER_READER:
        return lead.name
    return f"{UNNAMED} at {lead.company}" if lead.company else UNNAMED


def reader_note(lead: Lead, reader: str | None) -> str:
    """`mail to Marcus Bell`; empty if the lead is the reader."""
    return f"mail to {lead.name or lead.email}" if reader == OTHER_READER else ""
