"""Notes of calls, meetings and chats, shown in the lead's timeline."""

from datetime import datetime

from tracker.actions import checks
from tracker.actions.activity.event_log import record
from tracker.actions.deps import Deps
from tracker.base.ids import id_of, new_id
from tracker.domain.activity.event import EventKind
from tracker.domain.pipeline.note import Note

KINDS = ("call", "meeting", "chat", "note")


def add_note(deps: Deps, workspace: str, *, lead: str, kind: str, text: str, at: datetime | None = None, rep: str | None = None) -> Note:
    """Adds a note at a current or past time. Raises NotFound, Invalid."""
    here, now = deps.store.of(workspace), deps.now()
    here.leads.get(lead)
    if rep is not None:
        here.reps.get(rep)
    note = Note(
        id=new_id(),
        workspace=workspace,
        lead=lead,
        kind=checks.one_of("kind", kind, KINDS),
        text=checks.words("text", text),
        rep=rep,
        at=checks.moment("at", at, now) if at else now,
        created_at=now,
    )
    here.notes.add(note)
    event = id_of(workspace, note.id, "note")
    record(deps, workspace, event, EventKind(note.kind), lead=lead, at=note.at, rep=rep, text=note.text)
    return note
