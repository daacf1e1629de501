"""/notes: calls, meetings, chats and notes recorded for a lead."""

from tracker.actions.changes import records
from tracker.actions.pipeline import notes
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.access import is_history, visible_lead
from tracker.web.api.lists import list_lead_records
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import LeadRecordsQuery, List
from tracker.web.api.schemas.pipeline.notes import NoteChange, NoteChanged, NoteIn, NoteOut, note_out

operations = Operations()


@operations.add("GET", "/notes", query=LeadRecordsQuery, response=List[NoteOut])
def list_notes(call: Call, query: LeadRecordsQuery) -> List[NoteOut]:
    """Lists notes, newest first."""
    return list_lead_records(call, NoteOut, call.store.notes, query, note_out)


def _authorize_add(call: Call, body: NoteIn) -> None:
    visible_lead(call, body.lead)
    is_history(call, body.at, recent=True)


@operations.add("POST", "/notes", body=NoteIn, response=NoteOut, status=201, authorize=_authorize_add)
def add_note(call: Call, body: NoteIn) -> NoteOut:
    """Adds a call, meeting, chat or note, and an event for it to the lead."""
    given = {"kind": body.kind, "is_imported": is_history(call, body.at, recent=True)} | body.given()
    return note_out(notes.add_note(call.deps, call.workspace.id, rep=call.rep_id, **given))


@operations.add("PATCH", "/notes/{note}", body=NoteChange, response=NoteChanged)
def change_note(call: Call, note: str, body: NoteChange) -> NoteChanged:
    """Changes a note and its event; what it said before is kept."""
    visible_lead(call, call.store.notes.get(note).lead)
    made = records.edit_note(call.deps, call.workspace.id, note, actor=call.rep_id, **body.given())
    return NoteChanged.model_construct(**dict(note_out(call.store.notes.get(note))), change=made)


@operations.add("DELETE", "/notes/{note}", status=204, audit=(AuditAction.DELETED,))
def remove_note(call: Call, note: str) -> None:
    """Deletes a note and its event."""
    found = call.store.notes.get(note)
    lead = visible_lead(call, found.lead)
    notes.remove_note(call.deps, call.workspace.id, note)
    call.record(AuditAction.DELETED, f"note of kind {found.kind}", lead=lead.name, lead_id=lead.id)
