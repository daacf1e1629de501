"""What reports keep of an erased lead: when things happened, and amounts. No name, address or message, and no id of what was erased."""

from datetime import date, datetime

import msgspec

from tracker.domain.pipeline.sale import Interval


class RemainingMove(msgspec.Struct, frozen=True, kw_only=True):
    """A standing move with the reason recorded then."""

    before: str | None
    stage: str
    at: datetime
    reason: str | None = None


class RemainingSale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale. Its id is a new one that sorts like that of the sale: the order of entry decides which is a customer's first."""

    id: str
    product: str
    amount: int
    currency: str
    sold_on: date
    rep: str | None = None
    is_recurring: bool = False
    interval: Interval | None = None
    ended_on: date | None = None
    end_reason: str | None = None
    refund_of: str | None = None


class RemainingInquiry(msgspec.Struct, frozen=True, kw_only=True):
    """The times of an inquiry, and the rep who owned the lead then."""

    at: datetime
    owner: str | None = None
    answered_at: datetime | None = None
    elapsed_ms: int | None = None
    working_ms: int | None = None


class RemainingAlert(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert about it was worth to its recipient."""

    at: datetime
    rule: str
    """The id of a custom rule, or the name of a shipped one."""
    rep: str | None = None
    rated_at: datetime | None = None
    is_useful: bool = False
    acted_at: datetime | None = None


class RemainingVisit(msgspec.Struct, frozen=True, kw_only=True):
    """When a visit of it began, and what it has in common with visits of others."""

    at: datetime
    origin: str | None = None
    landing: str | None = None
    is_named: bool = True


class RemainingMail(msgspec.Struct, frozen=True, kw_only=True):
    """When a message was sent to it, and what followed."""

    sent_at: datetime
    rep: str | None = None
    campaign: str | None = None
    has_pixel: bool = False
    has_link: bool = False
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    visited_at: datetime | None = None
    replied_at: datetime | None = None
    any_opened_at: datetime | None = None
    any_clicked_at: datetime | None = None


class RemainingTouch(msgspec.Struct, frozen=True, kw_only=True):
    """When something happened before it came into a stage."""

    at: datetime
    kind: str
    page: str | None = None


class Remains(msgspec.Struct, frozen=True, kw_only=True):
    """An erased lead under a random id."""

    id: str
    workspace: str
    created_at: datetime
    stage: str
    """Where it began, if it never moved; no report shows it as where the lead is now."""
    owner: str | None = None
    """Only to decide who sees the figures that count it."""
    company: str | None = None
    """Whose customer it was: sales to others of the company are repeat sales."""
    moves: tuple[RemainingMove, ...] = ()
    sales: tuple[RemainingSale, ...] = ()
    inquiries: tuple[RemainingInquiry, ...] = ()
    alerts: tuple[RemainingAlert, ...] = ()
    visits: tuple[RemainingVisit, ...] = ()
    touches: tuple[RemainingTouch, ...] = ()
    mails: tuple[RemainingMail, ...] = ()
    version: int = 0
