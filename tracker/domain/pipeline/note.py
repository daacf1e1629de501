"""The note: a call, meeting, chat or remark that a rep wrote down."""

from datetime import datetime

import msgspec


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a rep wrote down: `kind` is call, meeting, chat or note. Also stands in the timeline as an event."""

    id: str
    workspace: str
    lead: str
    kind: str
    text: str
    rep: str | None = None
    at: datetime
    created_at: datetime
