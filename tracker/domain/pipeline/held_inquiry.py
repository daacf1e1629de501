"""An inquiry that makes no lead yet: its form had made as many leads that day as it may."""

from datetime import datetime

import msgspec


class HeldInquiry(msgspec.Struct, frozen=True, kw_only=True):
    """Its id is that of its event, which has the values."""

    id: str
    workspace: str
    form: str
    visitor: str
    at: datetime
    released_at: datetime | None = None
    """When an admin said that it is to become a lead all the same; None: it is held."""
    version: int = 0
