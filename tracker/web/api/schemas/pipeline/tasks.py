"""Task schemas of requests and responses."""

from pydantic import Field

from tracker.web.api.schemas.base import Due, Id, In, Line, Moment, Out


class TaskIn(In):
    """A task about a lead."""

    lead: Id
    text: Line
    due: Due | None = None
    rep: Id | None = Field(None, description="The lead's owner by default")


class TaskChange(In):
    """Changes of a task; `done` completes it."""

    text: Line | None = None
    due: Due | None = None
    rep: Id | None = None
    done: bool | None = None


class TaskOut(Out):
    """A task about a lead."""

    id: str
    lead: str
    text: str
    due: Moment | None
    rep: str | None
    done_at: Moment | None
    created_at: Moment
