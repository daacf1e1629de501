"""One stream of server-sent events: what a client asks for, what it is sent, and the place that it holds. Used by fanout."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.web.api.streams.message import server_sent_event
from tracker.web.api.streams.places import Bound
from tracker.web.api.streams.watcher import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The stream that a client asks for."""

    workspace: str
    check: Check
    bounds: tuple[Bound, ...]
    after: str | None = None
    """The id of the last message that the client has (`Last-Event-ID`)."""
    beat: Callable[[], str] = lambda: ": ping\n\n"
    """Makes what is sent at the start and every 15 s."""
    is_gone: Callable[[], bool] = lambda: False
    """Whether the client has closed its connection; asked every second, so that its place is soon free."""
    session: str | None = None
    """A browser's session: one stream too many ends its oldest, since a page that was left is noticed only at the next write."""


class Stream(Iterator[str]):
    """An open stream's server-sent events. Holds its place from the moment it is made until `close`, also if it is never read."""

    def __init__(self, lines: Generator[str, None, None], free: Callable[[], None]) -> None:
        self._lines = lines
        self._free: Callable[[], None] | None = free

    def __next__(self) -> str:
        try:
            return next(self._lines)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """The client is gone, or the stream is over."""
        free, self._free = self._free, None
        if free is not None:
            try:
                self._lines.close()
            finally:
                free()

    def __del__(self) -> None:
        self.close()


def beat_of(deps: Deps, more: Callable[[], dict[str, Any]]) -> str:
    """A `ping` event with the server's time (`now`, ms) and what `more` adds."""
    return server_sent_event("", "ping", {"now": to_ms(deps.now()), **more()})
