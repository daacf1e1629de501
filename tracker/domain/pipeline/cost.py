"""Costs of a source: what was spent to win customers through it, or to keep them."""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class CostPurpose(StrEnum):
    """What the money was spent for."""

    WIN = "to_win"
    KEEP = "to_keep"


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """An amount in minor units (cents), spread evenly over the days from `first_day` to `last_day`, both included."""

    id: str
    workspace: str
    source: str | None
    """The id of the source; None: of no source."""
    purpose: CostPurpose
    first_day: date
    last_day: date
    amount: int
    currency: str
    created_at: datetime
    version: int = 0
