"""/notes: calls, meetings, chats and notes recorded for a lead."""

from tracker.actions.pipeline import notes
from tracker.web.api.access import visible_lead
from tracker.web.api.lists import list_lead_records
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import LeadRecordsQuery, List, to_schema
from tracker.web.api.schemas.pipeline.notes import NoteIn, NoteOut

operations = Operations()


@operations.add("GET", "/notes", query=LeadRecordsQuery, response=List[NoteOut])
def list_notes(call: Call, query: LeadRecordsQuery) -> List[NoteOut]:
    """Lists notes, newest first."""
    return list_lead_records(call, NoteOut, call.store.notes, query)


def _authorize_add(call: Call, body: NoteIn) -> None:
    visible_lead(call, body.lead)


@operations.add("POST", "/notes", body=NoteIn, response=NoteOut, status=201, authorize=_authorize_add)
def add_note(call: Call, body: NoteIn) -> NoteOut:
    """Adds a call, meeting, chat or note, and an event for it to the lead."""
    given = {"kind": body.kind} | body.given()
    return to_schema(NoteOut, notes.add_note(call.deps, call.workspace.id, rep=call.rep_id, **given))
