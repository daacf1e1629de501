"""Sentences about what someone else did with a lead's mail. Used by the lead, live and replay pages. Pure."""

from tracker.domain.leads.lead import Lead
from tracker.rules.readers.names import reader_name, reader_note


def told_of(sentence: str, lead: Lead | None, reader: str | None) -> str:
    """`Someone else at Acme clicked Pricing (mail to Marcus Bell)`; the sentence as it is if the lead is the reader."""
    if lead is None or reader is None:
        return sentence
    return f"{reader_name(lead, reader)} {sentence[:1].lower()}{sentence[1:]} ({reader_note(lead, reader)})"
