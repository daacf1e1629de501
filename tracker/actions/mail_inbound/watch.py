"""Reads a mailbox and stays while its server tells of new mail (IDLE). Used for the mailboxes of reps and of inquiries."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from tracker.actions.deps import Deps
from tracker.domain.mail.inquiry_mailbox import InquiryMailbox
from tracker.domain.team.rep_mailbox import RepMailbox
from tracker.mail.inbound.imap import SESSION_SECONDS, Imap

EVERY = timedelta(minutes=1)
AFTER_FAILURE = timedelta(minutes=10)
AFTER_END = timedelta(seconds=5)
"""A session that ended while it waited is begun again after this."""
PROBE_SECONDS = 20.0
_LEASE = timedelta(minutes=10)
"""While new mail is read."""
_WAIT_SECONDS = 60.0
"""After this IDLE is begun again and the settings are read: far below the 29 minutes of RFC 2177, since routers forget quiet connections."""
_WATCH_LEASE = timedelta(minutes=2)
"""A mailbox whose process died while it waited is due again after this."""
_WATCH_SECONDS = 3600.0
"""Then the session ends, and another one begins with a token that is valid."""

Stay = Callable[[], bool]
"""Whether a session may go on waiting for new mail; asked again and again."""
Box = TypeVar("Box", RepMailbox, InquiryMailbox)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched(Generic[Box]):
    """How a mailbox is read and stored."""

    find: Callable[[], Box | None]
    looked: Callable[..., None]
    """Saves values of the mailbox."""
    read_new: Callable[[Box], Box]
    """Reads what is new, and returns the mailbox as stored then: due at once where more waits."""
    is_same: Callable[[Box, Box], bool]
    """Whether the session still fits the mailbox: as it is stored now, as it was when the session began."""


def watch(deps: Deps, session: Imap, mailbox: Box, here: Watched[Box], stay: Stay) -> None:
    """Reads what is new, then waits for more while `stay` allows it and the server can tell. Raises DeliveryError, PyMongoError."""
    mailbox = here.read_new(mailbox)
    ends = time.monotonic() + _WATCH_SECONDS
    while stay() and time.monotonic() < ends and not mailbox.problem and mailbox.next_at and mailbox.next_at > deps.now():
        session.end_in(SESSION_SECONDS)
        here.looked(mailbox, is_pushed=True, next_at=deps.now() + _WATCH_LEASE)
        if session.wait(_WAIT_SECONDS) is None:
            break
        current = here.find()
        if current is None or not here.is_same(current, mailbox):
            return
        session.end_in(SESSION_SECONDS)
        here.looked(mailbox, next_at=deps.now() + _LEASE)
        session.reopen()
        mailbox = here.read_new(current)
    here.looked(mailbox, is_pushed=False, next_at=mailbox.next_at)
