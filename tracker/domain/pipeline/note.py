"""The note: a call, meeting, chat or remark recorded by a rep."""

from datetime import datetime

import msgspec


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A rep's note; `kind` is call, meeting, chat or note. The timeline contains an event for it."""

    id: str
    workspace: str
    lead: str
    kind: str
    text: str
    rep: str | None = None
    at: datetime
    created_at: datetime
