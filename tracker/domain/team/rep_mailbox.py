"""The mailbox of a rep, which Leadlight reads for what comes back: its server, its password, and how far it was read."""

from datetime import datetime
from typing import Literal

import msgspec

MAILBOX_MUST_RETYPE = "The password is lost, because the keys of secrets were replaced. Enter it again."


class RepMailbox(msgspec.Struct, frozen=True, kw_only=True):
    """One mailbox by IMAP. `password` is encrypted in the database; empty where it is lost."""

    id: str
    """The rep."""
    workspace: str
    host: str
    port: int
    security: Literal["tls", "starttls"]
    user: str
    password: str = ""
    validity: int = 0
    """The server's UIDVALIDITY: with another one, all numbers are new. 0: not read yet."""
    last_uid: int = 0
    """The highest number that was looked at."""
    matched: int = 0
    """How many mails were about messages."""
    checked_at: datetime | None = None
    """The last complete look."""
    problem: str = ""
    """Why the last look failed; empty: it did not."""
    next_at: datetime | None = None
    """When it is looked at again; while it is, the end of the lease."""
    version: int = 0

    def __repr__(self) -> str:
        return f"RepMailbox({self.user!r}, {self.host}:{self.port})"
