"""Touch schemas of requests and responses."""

from typing import Literal

from pydantic import Field

from tracker.domain.pipeline.note import Note
from tracker.domain.workspace.touch_type import ICONS, TouchType
from tracker.web.api.schemas.base import EARLIER, In, Line, Moment, Out, RecordId, Text, When

Direction = Literal["in", "out"]
_DIRECTION = "`in`: done by the lead, which counts as activity and as a response; `out`: by the company, which counts as a contact"


class TouchIn(In):
    """A touch of a type of the managed list."""

    type: Line = Field(description="The name of a touch type, compared without case", examples=["Webinar"])
    at: When | None = Field(None, description=EARLIER)
    note: Text | None = Field(None, examples=["Asked about the price"])


class TouchOut(Out):
    """A touch of a lead."""

    id: RecordId
    lead: RecordId
    type: str = Field(description="The name that the type had when the touch was recorded")
    direction: str = Field(description=_DIRECTION, examples=["in"])
    at: Moment
    note: str | None = Field(examples=["Asked about the price"])
    rep: RecordId | None
    created_at: Moment
    is_imported: bool = Field(description="Whether it came from another system, with its date there")
    change: str | None = Field(None, description="Undoes the touch that was just added: `POST /changes/{change}/undo`")


class TouchTypeIn(In):
    """A touch type."""

    name: Line = Field(examples=["Trade fair"])
    icon: Line = Field(ICONS[0], description=f"One of {', '.join(ICONS)}", examples=["calendar"])
    direction: Direction = Field("in", description=_DIRECTION, examples=["in"])


class TouchTypesIn(In):
    """All touch types in order."""

    items: list[TouchTypeIn] = Field(max_length=40)


class TouchTypeOut(Out):
    """A touch type that is offered on the page of a lead."""

    name: str = Field(examples=["Trade fair"])
    icon: str = Field(examples=["calendar"])
    direction: str = Field(examples=["in"])


def touch_out(note: Note, change: str | None = None) -> TouchOut:
    """The touch as a response."""
    return TouchOut.model_construct(
        id=note.id,
        lead=note.lead,
        type=note.touch or "",
        direction=note.direction or "in",
        at=note.at,
        note=note.text or None,
        rep=note.rep,
        created_at=note.created_at,
        is_imported=note.is_imported,
        change=change,
    )


def touch_type_of(given: TouchTypeIn) -> TouchType:
    """The touch type that a request describes."""
    return TouchType(given.name, given.icon, given.direction)
