"""The line of the timeline that says by which rule a lead got its first owner. Pure."""

from tracker.domain.leads.lead import Lead
from tracker.web.console.pages.lead.log.timeline_entry import TimelineEntry
from tracker.web.console.text.event_text import EventNames


def assignment_of(lead: Lead, names: EventNames) -> list[TimelineEntry]:
    """`Assigned to Rita Reyes, by the rule “German”`; nothing where no rule chose."""
    if lead.assigned is None:
        return []
    name = names.rep_name(lead.assigned.rep)
    whom = {"You": "you", "A colleague": "a colleague"}.get(name, name)
    return [TimelineEntry(at=lead.assigned.at, icon="team", text=f"Assigned to {whom}, by the rule “{lead.assigned.rule}”")]
