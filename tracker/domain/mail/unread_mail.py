"""A mail of a mailbox that could not be acted on, and is tried again. Nothing that it says is stored."""

from datetime import datetime

import msgspec


class UnreadMail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, by its number in the mailbox."""

    uid: int
    first_at: datetime
    """When it failed first."""
    tries: int = 1
    next_at: datetime | None = None
    """When it is tried again; None: only when a person asks for it."""
    reason: str = ""
    """The kind of the last error, in our words."""
