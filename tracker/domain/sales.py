"""Sales, tasks and notes: what stands around a lead besides events."""

from datetime import date, datetime

import msgspec


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """Something sold to a lead; several per lead. `amount` is in minor units of `currency` (cents)."""

    id: str
    workspace: str
    lead: str
    product: str
    amount: int
    currency: str
    sold_on: date
    rep: str | None = None
    is_recurring: bool = False
    created_at: datetime


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something a rep has to do about a lead; the lead's next action is the earliest open one's text."""

    id: str
    workspace: str
    lead: str
    text: str
    due: datetime | None = None
    rep: str | None = None
    done_at: datetime | None = None
    created_at: datetime


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
