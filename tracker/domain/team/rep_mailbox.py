"""The mailbox of a rep, which Leadlight reads for what comes back: its server, its password or sign-in, and how far it was read."""

from datetime import datetime
from typing import Literal

import msgspec

from tracker.domain.mail.mail_sign_in import MailSignIn
from tracker.domain.mail.unread_mail import UnreadMail

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
    sign_in: MailSignIn | None = None
    """The rep's own sign-in with the provider, in place of a password."""
    sign_in_wanted: MailSignIn | None = None
    """A sign-in with Microsoft that waits for its code."""
    is_shared: bool = False
    """Whether it uses the sign-in by which the workspace sends."""
    connected_at: datetime | None = None
    """When it was signed in to by the rep."""
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
    """When it is looked at again; while it is, the end of the lease. None: it is not connected yet."""
    is_pushed: bool = False
    """Whether the server tells of new mail at once (IDLE)."""
    unread: tuple[UnreadMail, ...] = ()
    """Mails that could not be acted on, and are tried again."""
    version: int = 0

    @property
    def is_connected(self) -> bool:
        """Whether it was signed in to once."""
        return self.next_at is not None

    def __repr__(self) -> str:
        return f"RepMailbox({self.user!r}, {self.host}:{self.port})"
