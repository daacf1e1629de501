"""/leads/{lead}/events: the events of a lead."""

from tracker.web.api.access import visible_lead
from tracker.web.api.cursors import format_cursor, parse_cursor
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.activity.events import EventOut, event_out
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
