"""The snippet: a short text that reps insert while they write an email."""

from datetime import datetime

import msgspec


class Snippet(msgspec.Struct, frozen=True, kw_only=True):
    """A short text, of one rep or shared by the workspace."""

    id: str
    workspace: str
    rep: str | None
    """Its rep; empty if the workspace shares it."""
    name: str
    text: str
    created_at: datetime
    changed_at: datetime
    version: int = 0
