"""The inquiry mailbox of a workspace: whose email becomes leads and inquiries, by which rules, and what became of each email."""

from datetime import datetime
from typing import Literal

import msgspec

from tracker.domain.mail.unread_mail import UnreadMail

INQUIRY_MAILBOX = "inquiries"
"""The id of the only one."""


class InquiryMailRule(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with email from a sender. The first rule that fits decides."""

    sender: str = ""
    """An address, `@` and a domain, or a pattern with `*`; empty: every sender."""
    subject: str = ""
    """Words that the subject contains; empty: every subject."""
    reads: Literal["sender", "lines", "nothing"] = "sender"
    """`sender`: the sender inquires. `lines`: a program reports who inquires, in lines `Label: value`. `nothing`: it is ignored."""
    source: str = ""
    """The source of new leads; empty: that of the mailbox."""
    owner: str | None = None
    """The rep who gets leads without an owner; None: as `team` and the assignment rules say."""
    team: str | None = None
    """The team whose members get leads without an owner, in turn."""


class InquiryMailbox(msgspec.Struct, frozen=True, kw_only=True):
    """The mailbox by IMAP. `password` is encrypted in the database; empty where it is lost."""

    id: str = INQUIRY_MAILBOX
    workspace: str
    host: str
    port: int
    security: Literal["tls", "starttls"]
    user: str
    password: str = ""
    is_shared: bool = False
    """Whether it uses the sign-in by which the workspace sends, in place of a password."""
    rules: tuple[InquiryMailRule, ...] = ()
    takes_others: bool = True
    """Whether email that no rule fits makes inquiries, if a person wrote it."""
    source: str = "Other"
    validity: int = 0
    """The server's UIDVALIDITY; 0: not read yet."""
    last_uid: int = 0
    checked_at: datetime | None = None
    """The last complete look."""
    problem: str = ""
    """Why the last look failed; empty: it did not."""
    next_at: datetime | None = None
    """When it is looked at again; while it is, the end of the lease."""
    is_pushed: bool = False
    """Whether the server tells of new email at once (IDLE)."""
    unread: tuple[UnreadMail, ...] = ()
    """Email that could not be acted on, and is tried again."""
    version: int = 0

    def __repr__(self) -> str:
        return f"InquiryMailbox({self.user!r}, {self.host}:{self.port})"


class InquiryMail(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one email. Kept for 30 days."""

    id: str
    workspace: str
    at: datetime
    """When it was read."""
    sender: str = ""
    subject: str = ""
    result: Literal["lead", "inquiry", "reply", "ignored"]
    """A new lead with an inquiry, an inquiry of a known lead, what came back for a message, or nothing."""
    reason: str = ""
    """Why it was ignored: a key of `rules.inquiries.mail_rules.REASONS`."""
    lead: str | None = None
    version: int = 0
