"""Deadlines: which connections of a process wait for their client, and since when. Used by `worker`, told by `protocol`.

An ordered dict per deadline replaces a timer per connection: every entry of a dict has the same time to live, so the first one expires
first. A plain dict that loses its first entry again and again searches its gaps: 12 µs a look-up at 16,000 entries.
"""

from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import Protocol

REQUEST_SECONDS = 10.0
"""From the first byte of a request, or from the start of the connection, until its head and body are complete."""


class Connection(Protocol):
    """What `Deadlines` needs of a connection."""

    def abort(self) -> None:
        """Closes the connection at once."""


class Deadlines:
    """The deadlines of one process. Each connection is waiting on an incomplete request, idle, or neither (it is being answered)."""

    def __init__(self, idle_seconds: float, clock: Callable[[], float], request_seconds: float = REQUEST_SECONDS) -> None:
        self._clock = clock
        self._idle_seconds, self._request_seconds = idle_seconds, request_seconds
        self._incomplete: OrderedDict[Connection, float] = OrderedDict()
        self._idle: OrderedDict[Connection, float] = OrderedDict()

    def start_request(self, connection: Connection) -> None:
        """Starts the request deadline, unless it runs already. It also bounds the time in which a client reads its responses."""
        if connection not in self._incomplete:
            self._idle.pop(connection, None)
            self._incomplete[connection] = self._clock()

    def start_idle(self, connection: Connection) -> None:
        """Starts the keep-alive timeout: the request is answered and the next has not begun."""
        self._idle[connection] = self._clock()

    def clear(self, connection: Connection) -> None:
        """Stops both: the request is complete and being answered, or the connection is closed."""
        self._incomplete.pop(connection, None)
        self._idle.pop(connection, None)

    def idle(self) -> list[Connection]:
        """Every idle connection."""
        return list(self._idle)

    def expired(self, limit: int) -> list[tuple[Connection, str]]:
        """Up to `limit` connections of each kind whose time is over, with the reason that the metric names."""
        now = self._clock()
        return [
            (connection, reason)
            for waiting, latest, reason in (
                (self._incomplete, now - self._request_seconds, "deadline"),
                (self._idle, now - self._idle_seconds, "idle"),
            )
            for connection, since in islice(waiting.items(), limit)
            if since <= latest
        ]
