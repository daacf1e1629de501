"""The task: something to do for a lead. The earliest open task is the lead's next action."""

from datetime import datetime

import msgspec


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something a rep has to do about a lead; the lead's next action is the earliest open one's text."""

    id: str
    workspace: str
    lead: str
    text: str
    due: datetime | None = None
    rep: str | None = None
    done_at: datetime | None = None
    created_at: datetime
