"""The sale of a product to a lead."""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class Interval(StrEnum):
    """After which time a recurring sale is paid again."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale; a lead may have several. `amount` is in minor units of `currency` (cents), and negative for a refund."""

    id: str
    workspace: str
    lead: str
    product: str
    amount: int
    currency: str
    sold_on: date
    rep: str | None = None
    is_recurring: bool = False
    interval: Interval | None = None
    """Of a recurring sale, whose `amount` is that of one interval; None: not known."""
    ended_on: date | None = None
    """The last day on which a recurring sale runs."""
    end_reason: str | None = None
    remind_on: date | None = None
    """From which day the rep is to be reminded of the renewal; None: not at all, or done."""
    refund_of: str | None = None
    """The sale that is paid back. Product, rep and kind are those of that sale; `sold_on` is the day of the refund."""
    void_amount: int | None = None
    """The amount of a refund whose sale was deleted: it counts no more, so that `amount` is 0."""
    created_at: datetime
    is_imported: bool = False
    """Whether it came from another system."""
    version: int = 0
