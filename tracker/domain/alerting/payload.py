"""An alert as open consoles and API streams receive it. The field order is the key order of the JSON."""

import msgspec


class AlertPayload(msgspec.Struct, frozen=True, kw_only=True):
    """One alert, new or changed."""

    id: str
    lead: str
    """Empty for an alert about no lead: a test, an alarm."""
    lead_name: str
    rule: str
    """A value of AlertRule, or `channel` for a notice that a channel does not work."""
    priority: str
    title: str
    text: str
    rep: str | None
    """The recipient; None: the team."""
    url: str
    at: int
    """Milliseconds since the epoch."""
    revision: int = 0
    test: bool = False
    raised: bool = False
    """The alert was quiet before: it has the sound of a new one."""
    silent: bool = False
    """A loud alert outside the hours of its recipient: it is shown without a sound."""
    taken: bool = False
    """Someone deals with it: it is removed from the screen."""
    taken_by: str | None = None
    """The rep who does; None also where a program said so."""


class AlertWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """An alert no longer follows from the events and is to be removed from the screen."""

    id: str
    lead: str
    rep: str | None


class AlertUnsure(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that is not confirmed appeared in the bell. For consoles only: no channel and no API stream receives it."""

    id: str
    lead: str
    rep: str | None
