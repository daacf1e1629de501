"""A change of a lead's source: the history of where the company says that the lead comes from."""

from datetime import datetime

import msgspec


class SourceChange(msgspec.Struct, frozen=True, kw_only=True):
    """Source and detail before and after. A renamed source is no change: its leads follow the new name."""

    id: str
    workspace: str
    lead: str
    at: datetime
    actor: str
    """The rep's id, or `api`."""
    old_source: str | None = None
    old_detail: str | None = None
    source: str | None = None
    detail: str | None = None
