"""/leads/{lead}/visits and /visits/{visit}: visits to the company's web sites."""

from tracker.web.api.access import visible_lead, visible_visit
from tracker.web.api.cursors import format_cursor, parse_cursor
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.activity.visits import VisitOut, visit_out
from tracker.web.api.schemas.base import List, Paged

operations = Operations()


@operations.add("GET", "/leads/{lead}/visits", query=Paged, response=List[VisitOut])
def list_visits(call: Call, lead: str, query: Paged) -> List[VisitOut]:
    """Lists the lead's visits to the company's sites, newest first."""
    visible_lead(call, lead)
    before = parse_cursor(query.cursor)
    found = call.store.visits.of_lead(lead, before=before[0] if before else None, limit=query.limit + 1)
    items, rest = found[: query.limit], found[query.limit :]
    following = format_cursor(items[-1].started_at, items[-1].id) if rest else None
    return List[VisitOut].model_construct(items=[visit_out(visit) for visit in call.store.dwell.fill(items)], next=following)


@operations.add("GET", "/visits/{visit}", response=VisitOut)
def get_visit(call: Call, visit: str) -> VisitOut:
    """Returns one visit."""
    return visit_out(visible_visit(call, visit))
