"""/leads/{lead}/events: the events of a lead, and the correction of their causes."""

from tracker.actions.activity.corrections import cause_details, correct_cause, event_of_lead
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.access import visible_lead
from tracker.web.api.cursors import format_cursor, parse_cursor
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.activity.events import CauseIn, EventOut, event_out
from tracker.web.api.schemas.base import List, Paged

operations = Operations()


@operations.add("GET", "/leads/{lead}/events", query=Paged, response=List[EventOut])
def list_events(call: Call, lead: str, query: Paged) -> List[EventOut]:
    """Lists the lead's events, oldest first."""
    visible_lead(call, lead)
    found = call.store.events.of_lead(lead, after=parse_cursor(query.cursor), limit=query.limit + 1)
    items, rest = found[: query.limit], found[query.limit :]
    following = format_cursor(items[-1].at, items[-1].id) if rest else None
    return List[EventOut].model_construct(items=[event_out(event) for event in items], next=following)


@operations.add("PUT", "/leads/{lead}/events/{event}/cause", body=CauseIn, response=EventOut, audit=(AuditAction.CAUSE_CORRECTED,))
def set_cause(call: Call, lead: str, event: str, body: CauseIn) -> EventOut:
    """Corrects the cause of an open, click or page event; the verdict follows within seconds, also those of the same visit."""
    subject = visible_lead(call, lead).name
    old = event_of_lead(call.deps, call.workspace.id, lead, event)
    changed = correct_cause(call.deps, call.workspace.id, event, body.cause, call.rep)
    if changed.correction != old.correction:
        call.record(AuditAction.CAUSE_CORRECTED, subject, **cause_details(old, changed), lead_id=lead)
    return event_out(changed)
