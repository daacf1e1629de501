"""The weekly mail: one row for each rep and week, with its state. The row is the mark that the rep was, or is to be, mailed."""

from datetime import datetime
from enum import StrEnum

import msgspec

HOURS = range(5, 12)
"""Full hours at which the mail may be wanted: on a morning."""


class WeeklyMailState(StrEnum):
    """DUE waits for `due_at`; SENDING is leased until `due_at`; the others are final."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    """Given up: a final refusal, or a day of tries."""
    CANCELLED = "cancelled"
    """Not wanted any more when it was to be sent."""


class WeeklyMail(msgspec.Struct, frozen=True, kw_only=True):
    """The mail to one rep about the week before a Monday."""

    id: str
    """`weekly_mail_id`: there is one for each rep and week. The Message-ID contains it."""
    workspace: str
    rep: str
    week: str
    """The ISO week of the rep's Monday: `2026-W49`."""
    state: WeeklyMailState
    due_at: datetime
    attempts: int = 0
    error: str | None = None
    created_at: datetime
    sent_at: datetime | None = None
