"""The messages of the live bus: one struct for each kind. Published and read through tracker.live_bus."""

import msgspec

from tracker.domain.activity.event_payload import EventPayload
from tracker.domain.activity.presence import Presence
from tracker.domain.alerting.payload import AlertPayload, AlertUnsure, AlertWithdrawn


class RightsChanged(msgspec.Struct, frozen=True):
    """Rights changed in the workspace: open streams check theirs. Never sent to a client."""


LiveMessage = Presence | EventPayload | AlertPayload | AlertWithdrawn | AlertUnsure | RightsChanged

TYPES: dict[str, type[LiveMessage]] = {
    "presence": Presence,
    "event": EventPayload,
    "alert": AlertPayload,
    "withdrawn": AlertWithdrawn,
    "unsure": AlertUnsure,
    "rights": RightsChanged,
}
"""The type of each kind. The kind is the tag of the union; it is separate from the JSON, in Redis and in server-sent events."""

_KINDS = {message_type: kind for kind, message_type in TYPES.items()}


def kind_of(message: LiveMessage) -> str:
    """The kind of the message: `presence`, `event`, `alert`, `withdrawn`, `unsure` or `rights`."""
    return _KINDS[type(message)]


def lead_of(message: LiveMessage | None) -> str:
    """The lead that the message is about; empty where there is none."""
    return "" if message is None or isinstance(message, RightsChanged) else message.lead or ""
