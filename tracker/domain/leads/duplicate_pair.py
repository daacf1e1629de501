"""Two leads that may be the same person, until someone says that they are not."""

from datetime import datetime

import msgspec


class DuplicatePair(msgspec.Struct, frozen=True, kw_only=True):
    """A pair in the order of the ids. Its id follows from both (`pair_id` of actions.leads.duplicates)."""

    id: str
    workspace: str
    leads: tuple[str, str]
    reasons: tuple[str, ...] = ()
    """`SameReason` values, as they were when the pair was found; none of a pair that was only dismissed."""
    lead_import: str | None = None
    """The import that found it."""
    found_at: datetime
    dismissed_at: datetime | None = None
    """When someone said that these are two persons; None: it is open."""
    dismissed_by: str | None = None
    """The rep; None: a program."""
    version: int = 0
