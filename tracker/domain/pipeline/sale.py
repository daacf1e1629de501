"""The sale of a product to a lead."""

from datetime import date, datetime

import msgspec


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale; a lead may have several. `amount` is in minor units of `currency` (cents)."""

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
    is_imported: bool = False
    """Whether it came from another system."""
    version: int = 0
