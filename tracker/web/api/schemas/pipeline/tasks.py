"""Task schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.domain.pipeline.task import MOST_REMIND_MINUTES, Task
from tracker.web.api.schemas.base import Due, Id, In, Line, Moment, Out, RecordId, Version, When, to_schema

Reminder = Annotated[
    int | None, Field(ge=0, le=MOST_REMIND_MINUTES, description="Minutes before `due` when the rep is alerted; null: never")
]


_EARLIER = "For admins: of a task of another system, which is marked as imported and has no reminder"


class TaskIn(In):
    """A task about a lead."""

    lead: Id
    text: Line = Field(examples=["Call about the offer"])
    due: Due | None = None
    remind_minutes: Reminder = None
    rep: Id | None = Field(None, description="The lead's owner by default")
    created_at: When | None = Field(None, description=_EARLIER)
    done_at: When | None = Field(None, description=_EARLIER)


class TaskChange(In):
    """Changes of a task; `done` completes it."""

    text: Line | None = Field(None, examples=["Call about the offer"])
    due: Due | None = None
    remind_minutes: Reminder = None
    rep: Id | None = None
    done: bool | None = None
    done_at: When | None = Field(None, description=f"{_EARLIER}. Completes it")
    version: Version | None = None


class TaskOut(Out):
    """A task about a lead."""

    id: RecordId
    lead: RecordId
    text: str = Field(examples=["Call about the offer"])
    due: Moment | None
    remind_minutes: int | None
    rep: RecordId | None
    done_at: Moment | None
    former_dues: list[Moment] = Field(description="When it was due before it was put off, oldest first")
    created_at: Moment
    is_imported: bool = Field(description="Whether it came from another system, with its dates there")
    version: int


class TaskChanged(TaskOut):
    """A task after a change."""

    change: str | None = Field(description="Undoes the change: `POST /changes/{change}/undo`; null where nothing changed")


def task_out(task: Task) -> TaskOut:
    """The task as a response."""
    return to_schema(TaskOut, task).model_copy(update={"former_dues": list(task.former_dues)})
