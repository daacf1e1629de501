"""Messages of the live bus for tests: every field has a value, so that a test names only those that it is about."""

from typing import Any

import msgspec

from tracker.domain.activity.event_payload import EventPayload
from tracker.domain.activity.presence import Presence
from tracker.domain.alerting.payload import AlertPayload
from tracker.domain.live_message import LiveMessage, kind_of


def alert(key: str, *, lead: str = "", rep: str | None = None, **more: Any) -> AlertPayload:
    """An alert of the team about no lead."""
    values = {"lead_name": "", "rule": "pricing", "priority": "loud", "title": "Title", "text": "Text", "url": "", "at": 0}
    return AlertPayload(id=key, lead=lead, rep=rep, **values | more)


def event(key: str, *, lead: str | None = None, **more: Any) -> EventPayload:
    """A page view of an anonymous visitor."""
    values = {"kind": "view", "at": 0, "message": None, "url": None, "title": None, "visitor": "v", "verdict": "human"}
    return EventPayload(id=key, lead=lead, **values | more)


def presence(visitor: str = "v", *, lead: str | None = None, **more: Any) -> Presence:
    """An anonymous visitor on the site."""
    return Presence(visitor=visitor, lead=lead, **{"since": 0, "last": 0} | more)


def received(message: LiveMessage) -> tuple[str, dict[str, Any]]:
    """The message as a stream's client receives it: kind and data."""
    return kind_of(message), msgspec.to_builtins(message)
