"""Which events of archived leads raise no alert. Pure; called by workers.recompute.alerts."""

from tracker.domain.activity.event import Event
from tracker.domain.leads.lead import Lead


def is_unwanted(lead: Lead, event: Event) -> bool:
    """Whether the event raises no alert because its lead was archived before. An inquiry always raises one: nothing else shows it."""
    return lead.archived_at is not None and event.at >= lead.archived_at and not event.is_inquiry
