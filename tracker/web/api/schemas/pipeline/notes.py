"""Note schemas of requests and responses."""

from typing import Literal

from pydantic import Field

from tracker.web.api.schemas.base import Id, In, Moment, Out, Text, When


class NoteIn(In):
    """A call, meeting, chat or note."""

    lead: Id
    text: Text
    kind: Literal["call", "meeting", "chat", "note"] = "note"
    at: When | None = Field(None, description="Now by default")


class NoteOut(Out):
    """A note of a rep."""

    id: str
    lead: str
    kind: str
    text: str
    rep: str | None
    at: Moment
    created_at: Moment
