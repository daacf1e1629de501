"""The saved list: a condition on leads with a name."""

from datetime import datetime
from typing import Any

import msgspec

from tracker.domain.leads.stamp import Stamp


class LeadList(msgspec.Struct, frozen=True, kw_only=True):
    """A saved list of leads. A private one is its owner's; a shared one is for every rep of the workspace."""

    id: str
    workspace: str
    name: str
    condition: dict[str, Any]
    """As JSON has it (rules.conditions.condition)."""
    columns: tuple[str, ...] = ()
    """Names of columns in their order; empty: the usual ones."""
    sort: str = "-last_seen"
    rep: str | None = None
    """The owner; None: made by a program."""
    is_shared: bool = False
    created_at: datetime
    updated_at: datetime
    version: int = 0
    changed: dict[str, Stamp] = {}
    """Who changed each field last, by its name."""
