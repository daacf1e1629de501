"""How much of a message is tracked."""

from enum import StrEnum


class Tracking(StrEnum):
    """What a sent message reports of its recipient."""

    OFF = "off"
    """Nothing: clean links, no pixel."""
    LINKS = "links"
    """Clicks: tracked links, no pixel."""
    FULL = "full"
    """Clicks and opens."""
