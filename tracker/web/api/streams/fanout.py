"""The live stream's fan-out: one Redis reader a workspace and process, shared by all its streams. For console and API.

A stream is a generator of server-sent events, one greenlet (or thread) each, that waits for messages of its own; hundreds of
them hold one Redis connection. A client that cannot keep up is let go, and catches up by `Last-Event-ID` when it comes back.
"""

import logging
import re
import threading
import time
from collections.abc import Generator

from redis import RedisError

from tracker.actions.deps import Deps
from tracker.domain.live_message import RightsChanged
from tracker.web.api.streams.message import FOUND, LOST, StreamMessage, from_bus, written
from tracker.web.api.streams.places import PER_SESSION, Places
from tracker.web.api.streams.stream import Stream, Wanted
from tracker.web.api.streams.watcher import Watcher

log = logging.getLogger(__name__)

_READ_MS = 1000
_PING_SECONDS = 15.0
_LOOK_SECONDS = 1.0
_STREAM_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}\Z")


class Fanout:
    """All streams of this process. Made once per process; `of(deps)` gives it."""

    def __init__(self, deps: Deps) -> None:
        self.places = Places()
        self.closing = False
        self._deps = deps
        self._lock = threading.Lock()
        self._readers: dict[str, _Reader] = {}
        self._sessions: dict[str, list[Watcher]] = {}

    def watch(self, wanted: Wanted) -> Stream:
        """Server-sent events of the workspace, from now on or after `wanted.after`. Raises TooManyStreams at once, not when iterated."""
        self.places.take(wanted.bounds)
        watcher = Watcher(wanted.check)
        if wanted.session:
            self._seat(wanted.session, watcher)
        return Stream(self._lines(wanted, watcher), lambda: self._leave(wanted, watcher))

    def _seat(self, session: str, watcher: Watcher) -> None:
        with self._lock:
            held = self._sessions.setdefault(session, [])
            held.append(watcher)
            for oldest in [one for one in held if not one.is_over][:-PER_SESSION]:
                oldest.end()

    def _lines(self, wanted: Wanted, watcher: Watcher) -> Generator[str, None, None]:
        self._join(wanted.workspace, watcher)
        yield "retry: 1500\n" + wanted.beat()
        next_beat = time.monotonic() + _PING_SECONDS
        newest = wanted.after if wanted.after and _STREAM_ID.match(wanted.after) else ""
        is_behind = bool(newest)
        batch: list[StreamMessage] = []
        while not self.closing and not watcher.is_over and not wanted.is_gone():
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + _PING_SECONDS
                yield wanted.beat()
            if not watcher.confirm():
                watcher.rest(_LOOK_SECONDS)
            elif not batch and is_behind:
                batch = self._missed(wanted.workspace, newest)
                is_behind = bool(batch)
            elif not batch:
                watcher.wait(min(_LOOK_SECONDS, max(0.01, next_beat - time.monotonic())))
                batch = watcher.take()
            else:
                for heard in watcher.sift(batch):
                    if watcher.is_doubtful or self.closing:
                        break  # the rest is sifted again, by what is true then
                    message = batch.pop(0)
                    is_new = not message.id or _key(message.id) > _key(newest)
                    newest = message.id if is_new and message.id else newest
                    if heard and is_new:
                        yield written(heard)

    def _missed(self, workspace: str, after: str) -> list[StreamMessage]:
        try:
            return [from_bus(entry) for entry in self._deps.bus.follow(workspace, after, 1)]
        except RedisError:
            return []

    def _join(self, workspace: str, watcher: Watcher) -> None:
        with self._lock:
            reader = self._readers.get(workspace)
            if reader is None:
                reader = self._readers[workspace] = _Reader(self._deps, workspace, self)
                reader.watchers.add(watcher)
                reader.start()
            else:
                reader.watchers.add(watcher)
        # From here on nothing published is missed; the watcher's page may now look at the present state.
        reader.ready.wait(_LOOK_SECONDS)

    def _leave(self, wanted: Wanted, watcher: Watcher) -> None:
        watcher.is_over = True
        self.places.free(wanted.bounds)
        with self._lock:
            held = self._sessions.get(wanted.session or "", [])
            if watcher in held:
                held.remove(watcher)
            if not held:
                self._sessions.pop(wanted.session or "", None)
            reader = self._readers.get(wanted.workspace)
            if reader:
                reader.watchers.discard(watcher)

    def retire(self, reader: "_Reader") -> bool:
        """Asked by a reader without watchers: whether it may end."""
        with self._lock:
            if reader.watchers and not self.closing:
                return False
            self._readers.pop(reader.workspace, None)
            return True


class _Reader(threading.Thread):
    """Follows one workspace's stream and hands every message to every watcher; ends with the last of them."""

    def __init__(self, deps: Deps, workspace: str, fanout: Fanout) -> None:
        super().__init__(name=f"live-{workspace}", daemon=True)
        self.workspace = workspace
        self.watchers: set[Watcher] = set()
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
            self._doubt()  # a notice of changed rights may have been lost
            self._tell(FOUND)
        for entry in found:
            self._last = entry.id
            if isinstance(entry.message, RightsChanged):
                self._doubt()
            else:
                self._tell(from_bus(entry))

    def _lost(self, error: Exception) -> None:
        if not self._is_lost:
            log.warning("the live bus is away", extra={"error": type(error).__name__})
            self._is_lost = True
            self._tell(LOST)
        time.sleep(_LOOK_SECONDS)

    def _tell(self, message: StreamMessage) -> None:
        for watcher in tuple(self.watchers):
            watcher.put(message)

    def _doubt(self) -> None:
        for watcher in tuple(self.watchers):
            watcher.doubt()


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


def _key(stream_id: str) -> tuple[int, int]:
    head, _, tail = stream_id.partition("-")
    return int(head or 0), int(tail or 0)
