"""An event as open consoles and API streams receive it. The field order is the key order of the JSON."""

import msgspec


class EventPayload(msgspec.Struct, frozen=True, kw_only=True):
    """One stored event. `kind` is a value of EventKind, `verdict` a value of Label."""

    id: str
    kind: str
    at: int
    """Milliseconds since the epoch."""
    lead: str | None
    message: str | None
    url: str | None
    title: str | None
    visitor: str | None
    verdict: str
    reader: str | None = None
    """`other` if someone else with the lead's mail did it."""
    rep: str | None = None
    """Who recorded it, or the rep whose own browser it was."""
