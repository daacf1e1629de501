"""One message of a stream: from the live bus, or about the stream itself. Written as a server-sent event."""

import json
from typing import Any, NamedTuple

import msgspec

from tracker.domain.live_message import LiveMessage, kind_of
from tracker.live_bus import BusEntry


class StreamMessage(NamedTuple):
    """What a client may receive."""

    id: str
    """The id in the live bus; empty for a message that is not part of it."""
    kind: str
    content: LiveMessage | None
    """None: the kind is all that the message says."""


LOST = StreamMessage("", "lost", None)
"""Redis does not answer: messages are missing from now on."""
FOUND = StreamMessage("", "found", None)
"""Redis answers again."""


def from_bus(entry: BusEntry) -> StreamMessage:
    """The message of a bus entry. One that this version cannot read has no kind, and no client wants it."""
    return StreamMessage(entry.id, kind_of(entry.message) if entry.message is not None else "", entry.message)


def written(message: StreamMessage) -> str:
    """The message as one server-sent event."""
    return server_sent_event(message.id, message.kind, msgspec.to_builtins(message.content) if message.content is not None else {})


def server_sent_event(key: str, kind: str, data: dict[str, Any]) -> str:
    """One server-sent event. The data is one line of JSON, so that no value can begin a field of its own."""
    head = f"id: {key}\n" if key else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data)}\n\n"
