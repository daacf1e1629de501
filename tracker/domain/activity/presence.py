"""Presence: where a visitor is on the site now. The field order is the key order of the JSON."""

from datetime import datetime

import msgspec

_GONE_MS = 30 * 60_000
"""Visitors who left earlier are not shown."""
_ACTIVE_MS = 28_000
"""An active page sends a heartbeat every few seconds; after this silence, the visitor has left."""
_IDLE_MS = 5 * 60_000


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

    def state_at(self, now: datetime) -> str:
        """`active`, `idle`, `left` or `gone` at that moment. A missing heartbeat overrides the last reported state."""
        silent = round(now.timestamp() * 1000) - self.last
        if silent > _GONE_MS:
            return "gone"
        if self.state == "left":
            return "left"
        if self.state == "active":
            return "active" if silent <= _ACTIVE_MS else "left"
        return "idle" if silent <= _IDLE_MS else "left"
