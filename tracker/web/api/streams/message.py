"""One message of a stream: from the live bus, or about the stream itself. Written as a server-sent event."""

import json
from typing import Any, NamedTuple

import msgspec

from tracker.domain.live_message import LiveMessage, kind_of
from tracker.live_bus import BusEntry


class StreamMessage(NamedTuple):
    """A message for a client."""

    id: str
    """The id on the live bus; empty for a message of this process."""
    kind: str
    content: LiveMessage | None
    """None for a message without data."""


LOST = StreamMessage("", "lost", None)
"""Redis does not respond; messages are missing from now on."""
FOUND = StreamMessage("", "found", None)
"""Redis responds again."""


def from_bus(entry: BusEntry) -> StreamMessage:
    """The message of a bus entry. An entry that this version cannot read has no kind and is sent to no client."""
    return StreamMessage(entry.id, kind_of(entry.message) if entry.message is not None else "", entry.message)


def format_event(message: StreamMessage) -> str:
    """The message as one server-sent event."""
    return server_sent_event(message.id, message.kind, msgspec.to_builtins(message.content) if message.content is not None else {})


def server_sent_event(key: str, kind: str, data: dict[str, Any]) -> str:
    """One server-sent event. The data is one line of JSON, so a value cannot start another field."""
    head = f"id: {key}\n" if key else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data)}\n\n"
