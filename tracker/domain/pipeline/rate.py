"""Exchange rates, typed by an admin."""

from datetime import date, datetime

import msgspec


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of a currency was worth in the currency of the workspace, from a day on until the next rate."""

    id: str
    workspace: str
    currency: str
    on: date
    rate: str
    """A decimal number above 0, as text, so that it stays exact."""
    created_at: datetime
    version: int = 0
