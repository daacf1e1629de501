"""The note: a call, meeting, chat, touch or remark recorded by a rep."""

from datetime import datetime

import msgspec

KINDS = ("call", "meeting", "chat", "note")
TOUCH = "touch"
DIRECTIONS = ("out", "in")
"""Who began a call or chat: the company, or the lead."""
RESULTS = ("reached", "no_answer", "left_message", "call_back")


class NoteEdition(msgspec.Struct, frozen=True, kw_only=True):
    """What a note said before it was changed."""

    text: str
    kind: str
    direction: str | None = None
    result: str | None = None
    at: datetime
    changed_at: datetime
    changed_by: str | None = None
    """The rep who changed it; None for a program."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A rep's note; `kind` is call, meeting, chat, note or touch. The timeline contains an event for it."""

    id: str
    workspace: str
    lead: str
    kind: str
    text: str
    """Empty for some touches."""
    touch: str | None = None
    """Of a touch: the name of its type when it was recorded."""
    direction: str | None = None
    """Of a call, meeting, chat or touch: `out` or `in`; None for a note, and for those of older versions: `out`."""
    result: str | None = None
    """Of a call: reached, no_answer, left_message or call_back; None: reached."""
    rep: str | None = None
    at: datetime
    created_at: datetime
    former: tuple[NoteEdition, ...] = ()
    """Earlier editions, oldest first."""
    is_imported: bool = False
    """Whether it came from another system, with the date that it had there."""
    version: int = 0

    @property
    def is_contact(self) -> bool:
        """Whether it is a call, meeting, chat or touch."""
        return self.kind != "note"

    @property
    def is_talk(self) -> bool:
        """Whether both sides took part: a meeting, or a call or chat in which the lead was reached."""
        return self.kind not in ("note", TOUCH) and (self.kind == "meeting" or self.result in (None, "reached"))

    @property
    def is_by_company(self) -> bool:
        """Whether the company contacted the lead or tried to."""
        return self.is_contact and (self.direction != "in" or self.is_talk)

    @property
    def is_by_lead(self) -> bool:
        """Whether the lead responded."""
        return self.is_contact and (self.direction == "in" or (self.is_talk and self.kind != "chat"))
