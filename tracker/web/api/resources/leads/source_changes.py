"""/leads/{lead}/source-changes: who changed the source of a lead, and when."""

from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.leads.source_changes import SourceChangeOut, source_change_out

operations = Operations()


@operations.add("GET", "/leads/{lead}/source-changes", response=List[SourceChangeOut])
def list_source_changes(call: Call, lead: str) -> List[SourceChangeOut]:
    """Lists the changes of the lead's source and its detail, newest first, 50 at most. Renaming a source is no change."""
    visible_lead(call, lead)
    rows = call.store.source_history.of_lead(lead)
    return List[SourceChangeOut].model_construct(items=[source_change_out(row) for row in rows], next=None)
