"""Note schemas of requests and responses."""

from typing import Literal

from pydantic import Field

from tracker.domain.pipeline.note import Note
from tracker.web.api.schemas.base import EARLIER, Id, In, Moment, Out, RecordId, Text, Version, When, to_schema

Kind = Literal["call", "meeting", "chat", "note"]
Direction = Literal["out", "in"]
Result = Literal["reached", "no_answer", "left_message", "call_back"]


class NoteIn(In):
    """A call, meeting, chat or note."""

    lead: Id
    text: Text = Field(examples=["Asked for an offer"])
    kind: Kind = "note"
    direction: Direction | None = Field(None, description="Of a call, meeting or chat; `out` by default")
    result: Result | None = Field(None, description="Of a call; without one, the lead counts as reached")
    at: When | None = Field(None, description=EARLIER)


class NoteChange(In):
    """Changes of a note; what it said before is kept in `former`."""

    text: Text | None = Field(None, examples=["Asked for an offer by Friday"])
    kind: Kind | None = None
    direction: Direction | None = None
    result: Result | None = None
    at: When | None = None
    version: Version | None = None


class NoteEditionOut(Out):
    """What a note said before a change."""

    text: str = Field(examples=["Asked for an offer"])
    kind: str
    direction: str | None
    result: str | None
    at: Moment
    changed_at: Moment
    changed_by: str | None = Field(description="The rep who changed it; null for a program")


class NoteOut(Out):
    """A note of a rep."""

    id: RecordId
    lead: RecordId
    kind: str = Field(description="call, meeting, chat, note or touch")
    text: str = Field(examples=["Asked for an offer"])
    touch: str | None = Field(description="Of a touch: the name of its type")
    direction: str | None
    result: str | None
    rep: RecordId | None
    at: Moment
    created_at: Moment
    is_imported: bool = Field(description="Whether it came from another system, with its date there")
    version: int
    former: list[NoteEditionOut] = Field(description="Earlier editions, oldest first")


class NoteChanged(NoteOut):
    """A note after a change."""

    change: str | None = Field(description="Undoes the change: `POST /changes/{change}/undo`; null where nothing changed")


def note_out(note: Note) -> NoteOut:
    """The note as a response."""
    former = [to_schema(NoteEditionOut, edition) for edition in note.former]
    return to_schema(NoteOut, note).model_copy(update={"former": former})
