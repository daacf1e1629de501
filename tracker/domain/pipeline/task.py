"""The task of a rep for a lead. The earliest open task is the lead's next action."""

from datetime import datetime

import msgspec

MOST_REMIND_MINUTES = 24 * 60


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task of a rep; the earliest open one is the lead's next action."""

    id: str
    workspace: str
    lead: str
    text: str
    due: datetime | None = None
    rep: str | None = None
    done_at: datetime | None = None
    created_at: datetime
    remind_minutes: int | None = None
    """How long before `due` its rep is alerted; None: not at all."""
    former_dues: tuple[datetime, ...] = ()
    """When it was due before it was put off, oldest first."""
    is_imported: bool = False
    """Whether it came from another system, with the dates that it had there; it has no reminder."""
    version: int = 0
