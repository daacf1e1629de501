"""The live stream's fan-out: one Redis reader a workspace and process, shared by all its watchers. For console and API streams.

A watcher is a generator of server-sent events, one greenlet (or thread) each, that waits on a queue of its own; hundreds of them
hold one Redis connection. A watcher who cannot keep up is let go, and catches up by `Last-Event-ID` when it comes back.
"""

import json
import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from redis import RedisError

from tracker.actions.deps import Deps
from tracker.base.clock import to_ms

log = logging.getLogger(__name__)

Message = tuple[str, str, dict[str, Any]]
"""Id in the stream (empty: not part of it), kind, data."""

PER_SESSION = 6
"""Streams that one session may hold in one process: a few windows, since tabs share."""
_WAITING = 500
"""Messages that may wait for one watcher."""
_READ_MS = 1000
_PING_SECONDS = 15.0
_LOOK_SECONDS = 1.0
_BATCH = 200
_STREAM_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}\Z")


class TooManyStreams(Exception):
    """Answer 429: the session holds as many streams as it may."""


class Fanout:
    """All streams of this process. Made once per process; `of(deps)` gives it."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._lock = threading.Lock()
        self._readers: dict[str, _Reader] = {}
        self._held: dict[str, list[_Watcher]] = {}
        self.closing = False

    def watch(
        self,
        workspace: str,
        session: str,
        last_id: str | None = None,
        *,
        beat: Callable[[], str] | None = None,
        sieve: Callable[[Message], Message | None] | None = None,
        most: int = PER_SESSION,
        newest_wins: bool = False,
    ) -> Iterator[str]:
        """Server-sent events of the workspace, from now on or after `last_id`; raises TooManyStreams at once, not when iterated.

        `beat` makes what is sent at the start and every 15 s; a comment if it is missing. `sieve` gives what
        this watcher may hear of a message, or nothing; `most` streams may be held under this session's name; where
        `newest_wins`, one more ends the oldest instead of being refused: a browser that left a page is noticed only at the next write.
        """
        with self._lock:
            held = [watcher for watcher in self._held.get(session, ()) if not watcher.is_over]
            if len(held) >= most and not newest_wins:
                raise TooManyStreams
            for oldest in held[: max(0, len(held) - most + 1)]:
                oldest.is_over = True
        watcher = _Watcher(sieve or (lambda message: message))
        after = last_id if last_id and _STREAM_ID.match(last_id) else None
        return self._serve(workspace, session, watcher, after, beat or (lambda: ": ping\n\n"))

    def _serve(self, workspace: str, session: str, watcher: "_Watcher", after: str | None, beat: Callable[[], str]) -> Iterator[str]:
        try:
            self._join(workspace, session, watcher)
            yield "retry: 1500\n" + beat()
            newest = _key(after) if after else (0, 0)
            for missed in self._missed(workspace, after):
                newest = _key(missed[0])
                if heard := watcher.sieve(missed):
                    yield written(heard)
            next_beat = time.monotonic() + _PING_SECONDS
            while not self.closing and not watcher.is_over:
                message = watcher.next(min(_LOOK_SECONDS, max(0.01, next_beat - time.monotonic())))
                if message and (not message[0] or _key(message[0]) > newest):
                    yield written(message)
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + _PING_SECONDS
                    yield beat()
        finally:
            self._leave(workspace, session, watcher)

    def _missed(self, workspace: str, after: str | None) -> Iterator[Message]:
        while after:
            try:
                found = self._deps.bus.follow(workspace, after, 1)
            except RedisError:
                return
            yield from found
            after = found[-1][0] if len(found) >= _BATCH else None

    def _join(self, workspace: str, session: str, watcher: "_Watcher") -> None:
        with self._lock:
            self._held.setdefault(session, []).append(watcher)
            reader = self._readers.get(workspace)
            if reader is None:
                reader = self._readers[workspace] = _Reader(self._deps, workspace, self)
                reader.watchers.add(watcher)
                reader.start()
            else:
                reader.watchers.add(watcher)
        # From here on nothing published is missed; the watcher's page may now look at the present state.
        reader.ready.wait(_LOOK_SECONDS)

    def _leave(self, workspace: str, session: str, watcher: "_Watcher") -> None:
        with self._lock:
            held = self._held.get(session, [])
            if watcher in held:
                held.remove(watcher)
            if not held:
                self._held.pop(session, None)
            reader = self._readers.get(workspace)
            if reader:
                reader.watchers.discard(watcher)

    def retire(self, reader: "_Reader") -> bool:
        """Asked by a reader without watchers: whether it may end."""
        with self._lock:
            if reader.watchers and not self.closing:
                return False
            self._readers.pop(reader.workspace, None)
            return True


class _Watcher:
    """One stream's waiting messages."""

    def __init__(self, sieve: Callable[[Message], Message | None]) -> None:
        self.sieve = sieve
        self._queue: queue.Queue[Message] = queue.Queue(_WAITING)
        self.is_over = False

    def put(self, message: Message) -> None:
        try:
            if heard := self.sieve(message):
                self._queue.put_nowait(heard)
        except queue.Full:
            self.is_over = True

    def next(self, seconds: float) -> Message | None:
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            return None


class _Reader(threading.Thread):
    """Follows one workspace's stream and hands every message to every watcher; ends with the last of them."""

    def __init__(self, deps: Deps, workspace: str, fanout: Fanout) -> None:
        super().__init__(name=f"live-{workspace}", daemon=True)
        self.workspace = workspace
        self.watchers: set[_Watcher] = set()
        self.ready = threading.Event()
        self._deps = deps
        self._fanout = fanout
        self._last: str | None = None
        self._is_lost = False

    def run(self) -> None:
        """Reads until nobody watches; waits out an absent Redis and says so."""
        while self.watchers or not self._fanout.retire(self):
            try:
                self._read()
            except (RedisError, OSError) as error:
                self._lost(error)

    def _read(self) -> None:
        if self._last is None:
            self._last = self._deps.bus.newest(self.workspace)
        self.ready.set()
        found = self._deps.bus.follow(self.workspace, self._last, _READ_MS)
        if self._is_lost:
            self._is_lost = False
            self._tell(("", "found", {}))
        for message in found:
            self._last = message[0]
            self._tell(message)

    def _lost(self, error: Exception) -> None:
        if not self._is_lost:
            log.warning("the live bus is away", extra={"error": type(error).__name__})
            self._is_lost = True
            self._tell(("", "lost", {}))
        time.sleep(_LOOK_SECONDS)

    def _tell(self, message: Message) -> None:
        for watcher in tuple(self.watchers):
            watcher.put(message)


_made: dict[int, Fanout] = {}
_making = threading.Lock()


def of(deps: Deps) -> Fanout:
    """The fan-out that everything made from these deps shares."""
    with _making:
        return _made.setdefault(id(deps.bus), Fanout(deps))


def close_all() -> None:
    """Ends every stream of this process within a second; for a process that is about to stop. Safe in a signal handler."""
    for fanout in tuple(_made.values()):
        fanout.closing = True


def written(message: Message) -> str:
    """One server-sent event. The data is one line of JSON, so that no value can begin a field of its own."""
    key, kind, data = message
    head = f"id: {key}\n" if key else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data)}\n\n"


def beat_of(deps: Deps, more: Callable[[], dict[str, Any]]) -> str:
    """A `ping` event with the server's time (`now`, ms) and what `more` adds."""
    return written(("", "ping", {"now": to_ms(deps.now()), **more()}))


def _key(stream_id: str) -> tuple[int, int]:
    head, _, tail = stream_id.partition("-")
    return int(head), int(tail or 0)
