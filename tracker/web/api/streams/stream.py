"""One stream of server-sent events: its request, its output and its share of the limits. Used by fanout."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.web.api.streams.limits import StreamLimit
from tracker.web.api.streams.message import server_sent_event
from tracker.web.api.streams.subscriber import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRequest:
    """A client's request for a stream."""

    workspace: str
    check: Check
    limits: tuple[StreamLimit, ...]
    after: str | None = None
    """The id of the last message that the client has (`Last-Event-ID`)."""
    heartbeat: Callable[[], str] = lambda: ": ping\n\n"
    """Returns the text to send at the start and every 15 s."""
    is_gone: Callable[[], bool] = lambda: False
    """Whether the client has closed its connection; called every second."""
    session: str | None = None
    """A browser's session. Above its limit its oldest stream ends, because a closed page is detected only at the next write."""


class Stream(Iterator[str]):
    """The server-sent events of an open stream. It counts against the limits until `close`, even if it is never read."""

    def __init__(self, lines: Generator[str, None, None], release: Callable[[], None]) -> None:
        self._lines = lines
        self._release: Callable[[], None] | None = release

    def __next__(self) -> str:
        try:
            return next(self._lines)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the stream and releases its share of the limits."""
        release, self._release = self._release, None
        if release is not None:
            try:
                self._lines.close()
            finally:
                release()

    def __del__(self) -> None:
        self.close()


def ping_event(deps: Deps, more: Callable[[], dict[str, Any]]) -> str:
    """A `ping` event with the server's time (`now`, ms) and what `more` adds."""
    return server_sent_event("", "ping", {"now": to_ms(deps.now()), **more()})
