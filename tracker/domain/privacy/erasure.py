"""The erasure of a lead: a running one, which knows ids only, and the tombstone that stays."""

from datetime import datetime

import msgspec


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """A running erasure; its id is the lead's. It holds no address, name or text."""

    id: str
    workspace: str
    requested_at: datetime
    messages: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    visitors: tuple[str, ...] = ()
    """Browsers that were the lead's alone."""
    company: str | None = None
    remains: str = ""
    """The random id under which reports keep what they count of the lead (`Remains`)."""
    passes: int = 0
    """Complete passes so far. Another one removes what was stored during the first."""
    due_at: datetime
    """When the next pass is due; a later process takes over from a killed one then."""


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """What stays of an erased lead: keyed hashes, by which an older backup's copy of the lead is recognised."""

    id: str
    """Keyed hash of the lead's id."""
    workspace: str
    email: str
    """Keyed hash of the lead's address in lower case."""
    at: datetime
    """When it was erased. A lead with the same address that was added later is another one."""
