"""The states of one connection of the edge. Used by `protocol`."""

import enum


class ConnectionState(enum.Enum):
    """What a connection does now, and with that what becomes of input that arrives."""

    READING = "reading"
    """It is idle, or a request is being read. Input is parsed."""
    ANSWERING = "answering"
    """A request is being answered, or the next one is about to be read. Input is held."""
    ANSWERING_BLOCKED = "answering_blocked"
    """As ANSWERING, and the client leaves too much of earlier responses unread. Input is held."""
    BLOCKED = "blocked"
    """The next request waits until the client has read earlier responses. Input is held."""
    ANSWERING_LAST = "answering_last"
    """The last request of the connection is being answered. Input is discarded."""
    CLOSING = "closing"
    """The last response is written. Input is discarded."""
    CLOSED = "closed"
    """The connection is lost or aborted. Nothing is read or written."""
