"""The webhook: a program of the workspace that receives chosen events (`rules.hooks.catalogue`), whatever alerts say."""

from datetime import datetime

import msgspec

TEST_EVENT = "hook.test"
"""The type of a test message; every webhook takes it."""
KEY_ENDED = "its API key was deleted, expired or lost the rights of an admin"
"""Why a webhook is disabled that a key made. Stored and compared, so the text must not change."""


class Subscription(msgspec.Struct, frozen=True):
    """One chosen type of events, and since when: earlier events are not sent."""

    type: str
    since: datetime


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook. It was paused if `disabled_reason` is set, and ended for good by its receiver if `is_ended`."""

    id: str
    workspace: str
    name: str
    url: str
    secret: str
    """The key of signatures, as Standard Webhooks defines it: `whsec_` and base64."""
    events: tuple[Subscription, ...]
    made_by: str = ""
    """The name of the key or rep that made it."""
    key: str = ""
    """The API key that made it or chose its address: it ends with that key. Empty: it belongs to the workspace."""
    created_at: datetime
    disabled_reason: str | None = None
    is_ended: bool = False
    """Whether its receiver answered 410: no more events are kept for it."""
    checked_at: datetime | None = None
    """When a message was last taken."""
    failing_since: datetime | None = None
    """When the first try failed after the last that worked; empty while it works."""
    failing_reason: str | None = None
    held_until: datetime | None = None
    """Nothing is sent before this time: the receiver asked for a delay, or does not work."""
    version: int = 0

    @property
    def types(self) -> tuple[str, ...]:
        """The chosen types."""
        return tuple(one.type for one in self.events)

    def takes(self, kind: str, at: datetime) -> bool:
        """Whether events of this type are sent that happened at that moment."""
        return any(one.type == kind and one.since <= at for one in self.events)

    def __repr__(self) -> str:
        """Omits address and secret, so that logs do not contain them."""
        return f"Hook(id={self.id!r}, workspace={self.workspace!r})"
