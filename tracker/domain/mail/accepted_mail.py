"""What the relay accepted from an email client: the mail, and its copies for recipients that are not leads."""

from datetime import datetime
from enum import StrEnum

import msgspec


class AcceptedMail(msgspec.Struct, frozen=True, kw_only=True):
    """One submitted mail. Its bytes are stored beside it; it is removed when all recipients are done."""

    id: str
    workspace: str
    rep: str
    sender: str
    """The envelope sender, an address of the rep."""
    recipients: tuple[str, ...]
    """The envelope recipients, each once."""
    size: int
    accepted_at: datetime
    is_routed: bool = False
    """Whether messages and copies were made of it."""
    tries: int = 0
    """How often its routing failed."""
    error: str = ""
    """Why it failed last, in our words."""
    due_at: datetime
    """When it is routed, or looked at again; while a process routes it, the end of its lease."""


class CopyState(StrEnum):
    """The state of a copy. One that was delivered is removed."""

    QUEUED = "queued"
    SENDING = "sending"
    FAILED = "failed"


class RelayedCopy(msgspec.Struct, frozen=True, kw_only=True):
    """The unchanged copy for one recipient that is not a lead. Nothing remains of it once it is delivered."""

    id: str
    workspace: str
    mail: str
    """The accepted mail."""
    rep: str
    mailbox: str
    """The sender's address in lower case: one mailbox sends one copy at a time."""
    recipient: str
    subject: str = ""
    state: CopyState = CopyState.QUEUED
    wanted_at: datetime
    next_try_at: datetime | None
    tries: int = 0
    error: str | None = None
    server_answer: str | None = None
    may_be_duplicate: bool = False
