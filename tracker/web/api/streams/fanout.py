"""Fan-out of the live bus: one Redis reader per workspace and process, shared by its streams. Used by console and API.

A stream is a generator of server-sent events that waits for messages in a greenlet or thread of its own; hundreds of streams
share one Redis connection. A client that falls behind is disconnected and resumes with `Last-Event-ID`.
"""

import logging
import re
import threading
import time
from collections.abc import Generator

from redis import RedisError

from tracker.actions.deps import Deps
from tracker.domain.live_message import RightsChanged
from tracker.web.api.streams.limits import PER_SESSION, StreamCounter
from tracker.web.api.streams.message import FOUND, LOST, StreamMessage, format_event, from_bus
from tracker.web.api.streams.stream import Stream, StreamRequest
from tracker.web.api.streams.subscriber import Subscriber

log = logging.getLogger(__name__)

_READ_MS = 1000
_PING_SECONDS = 15.0
_POLL_SECONDS = 1.0
_STREAM_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}\Z")


class Fanout:
    """All streams of this process; `of(deps)` returns the shared instance."""

    def __init__(self, deps: Deps) -> None:
        self.counter = StreamCounter()
        self.closing = False
        self._deps = deps
        self._lock = threading.Lock()
        self._readers: dict[str, _Reader] = {}
        self._sessions: dict[str, list[Subscriber]] = {}

    def watch(self, request: StreamRequest) -> Stream:
        """Opens a stream of the workspace's events, from now on or after `request.after`. Raises TooManyStreams immediately."""
        self.counter.acquire(request.limits)
        subscriber = Subscriber(request.check)
        if request.session:
            self._limit_session(request.session, subscriber)
        return Stream(self._lines(request, subscriber), lambda: self._leave(request, subscriber))

    def _limit_session(self, session: str, subscriber: Subscriber) -> None:
        with self._lock:
            held = self._sessions.setdefault(session, [])
            held.append(subscriber)
            for oldest in [one for one in held if not one.is_over][:-PER_SESSION]:
                oldest.end()

    def _lines(self, request: StreamRequest, subscriber: Subscriber) -> Generator[str, None, None]:
        self._join(request.workspace, subscriber)
        yield "retry: 1500\n" + request.heartbeat()
        next_ping = time.monotonic() + _PING_SECONDS
        newest = request.after if request.after and _STREAM_ID.match(request.after) else ""
        is_resuming = bool(newest)
        batch: list[StreamMessage] = []
        while not self.closing and not subscriber.is_over and not request.is_gone():
            if time.monotonic() >= next_ping:
                next_ping = time.monotonic() + _PING_SECONDS
                yield request.heartbeat()
            if not subscriber.authorize():
                subscriber.wait_for_end(_POLL_SECONDS)
            elif not batch and is_resuming:
                batch = self._missed_messages(request.workspace, newest)
                is_resuming = bool(batch)
            elif not batch:
                subscriber.wait(min(_POLL_SECONDS, max(0.01, next_ping - time.monotonic())))
                batch = subscriber.take()
            else:
                for allowed in subscriber.filter(batch):
                    if subscriber.needs_authorization or self.closing:
                        break  # the remaining messages are filtered again with the new rights
                    message = batch.pop(0)
                    is_new = not message.id or _key(message.id) > _key(newest)
                    newest = message.id if is_new and message.id else newest
                    if allowed and is_new:
                        yield format_event(allowed)

    def _missed_messages(self, workspace: str, after: str) -> list[StreamMessage]:
        try:
            return [from_bus(entry) for entry in self._deps.bus.follow(workspace, after, 1)]
        except RedisError:
            return []

    def _join(self, workspace: str, subscriber: Subscriber) -> None:
        with self._lock:
            reader = self._readers.get(workspace)
            if reader is None:
                reader = self._readers[workspace] = _Reader(self._deps, workspace, self)
                reader.subscribers.add(subscriber)
                reader.start()
            else:
                reader.subscribers.add(subscriber)
        # From here on every published message arrives, so the page may read the current state.
        reader.ready.wait(_POLL_SECONDS)

    def _leave(self, request: StreamRequest, subscriber: Subscriber) -> None:
        subscriber.is_over = True
        self.counter.release(request.limits)
        with self._lock:
            held = self._sessions.get(request.session or "", [])
            if subscriber in held:
                held.remove(subscriber)
            if not held:
                self._sessions.pop(request.session or "", None)
            reader = self._readers.get(request.workspace)
            if reader:
                reader.subscribers.discard(subscriber)

    def retire(self, reader: "_Reader") -> bool:
        """Whether a reader without subscribers may end."""
        with self._lock:
            if reader.subscribers and not self.closing:
                return False
            self._readers.pop(reader.workspace, None)
            return True


class _Reader(threading.Thread):
    """Reads one workspace's messages and passes each to every subscriber; ends after its last subscriber."""

    def __init__(self, deps: Deps, workspace: str, fanout: Fanout) -> None:
        super().__init__(name=f"live-{workspace}", daemon=True)
        self.workspace = workspace
        self.subscribers: set[Subscriber] = set()
        self.ready = threading.Event()
        self._deps = deps
        self._fanout = fanout
        self._last: str | None = None
        self._is_disconnected = False

    def run(self) -> None:
        """Reads while there are subscribers. While Redis is unavailable it retries and publishes `lost` and `found`."""
        while self.subscribers or not self._fanout.retire(self):
            try:
                self._read()
            except (RedisError, OSError) as error:
                self._report_loss(error)

    def _read(self) -> None:
        if self._last is None:
            self._last = self._deps.bus.newest(self.workspace)
        self.ready.set()
        found = self._deps.bus.follow(self.workspace, self._last, _READ_MS)
        if self._is_disconnected:
            self._is_disconnected = False
            self._invalidate()  # a change of rights may have been missed
            self._publish(FOUND)
        for entry in found:
            self._last = entry.id
            if isinstance(entry.message, RightsChanged):
                self._invalidate()
            else:
                self._publish(from_bus(entry))

    def _report_loss(self, error: Exception) -> None:
        if not self._is_disconnected:
            log.warning("live bus unavailable", extra={"error": type(error).__name__})
            self._is_disconnected = True
            self._publish(LOST)
        time.sleep(_POLL_SECONDS)

    def _publish(self, message: StreamMessage) -> None:
        for subscriber in tuple(self.subscribers):
            subscriber.put(message)

    def _invalidate(self) -> None:
        for subscriber in tuple(self.subscribers):
            subscriber.invalidate()


_instances: dict[int, Fanout] = {}
_instances_lock = threading.Lock()


def of(deps: Deps) -> Fanout:
    """The fan-out shared by everything that uses these deps."""
    with _instances_lock:
        return _instances.setdefault(id(deps.bus), Fanout(deps))


def close_all() -> None:
    """Ends all streams of this process within a second, before the process stops. Safe in a signal handler."""
    for fanout in tuple(_instances.values()):
        fanout.closing = True


def _key(stream_id: str) -> tuple[int, int]:
    head, _, tail = stream_id.partition("-")
    return int(head or 0), int(tail or 0)
