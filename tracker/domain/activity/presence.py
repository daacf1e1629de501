"""Presence: where a visitor is on the site now. The field order is the key order of the JSON."""

import msgspec


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """The last known state of one visitor. Times are milliseconds since the epoch."""

    lead: str | None = None
    """None while the visitor is anonymous."""
    page: str | None = None
    """The id of the page view."""
    url: str | None = None
    title: str | None = None
    message: str | None = None
    """The message whose link brought the visitor."""
    visitor: str
    since: int
    """When the visitor came to the page."""
    last: int
    """The last sign of activity."""
    state: str = "active"
    """`active`, `idle` or `left`."""
    active_ms: int = 0
    scroll: int = 0
    """How far down the page was read, in percent."""
    reader: str | None = None
    """`other` if the visitor is someone else with the lead's mail."""
