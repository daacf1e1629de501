"""Sources: where leads come from."""

from datetime import datetime

import msgspec

DEFAULT_SOURCES = ("Web form", "Referral", "LinkedIn", "Cold e-mail", "Event", "Advertisement", "Phone", "Import", "Other")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One source. Leads keep its present name: a new name changes all of them."""

    id: str
    workspace: str
    name: str
    """Unique, compared without case."""
    group: str = ""
    """Sources of one group are offered together."""
    meaning: str = ""
    """One sentence that says which leads belong to it."""
    details: tuple[str, ...] = ()
    """Details that are offered; any other text may be given."""
    is_active: bool = True
    """Whether it is offered for leads."""
    position: int = 0
    """Its place in the list."""
    former_names: tuple[str, ...] = ()
    """Names it had; they stand for it until another source has them."""
    created_at: datetime
    version: int = 0
