"""The subscription of one open stream: its pending messages and its authorization, which is renewed. Used by fanout.

A stream outlives the request that opened it, so its credential may have changed. Messages are delivered only while it is
authorized: checked at the start, after every notice of changed rights, and every 10 s.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import pymongo
from pymongo.errors import PyMongoError

from tracker.web.api.streams.message import StreamMessage

log = logging.getLogger(__name__)

MessageFilter = Callable[[Sequence[StreamMessage]], list[StreamMessage | None]]
"""Returns each message, or None for one that the client may not see. May raise PyMongoError."""

Check = Callable[[], MessageFilter | None]
"""Reads the credential from the store: its message filter, or None if it is no longer valid. May raise PyMongoError."""

AUTHORIZE_SECONDS = 10.0
"""Lifetime of an authorization. Without Redis there are no notices of changes, and a stream must end within 15 s."""
_MAX_UNAUTHORIZED_SECONDS = 25.0
"""A stream ends after this time without an authorization, while MongoDB is unavailable."""
_CHECK_TIMEOUT = 3.0
_MAX_CHECKS, _CHECKS_SECONDS = 3, 2.0
"""Rate limit of checks after notices, for many sign-ins and sign-outs in a row."""
_MAX_PENDING = 500
"""Pending messages of one client; a client that falls further behind has to reconnect with `Last-Event-ID`."""
_BATCH = 100


class Subscriber:
    """The subscription of one stream. The bus reader calls `put` and `invalidate`; the client's greenlet calls the rest."""

    def __init__(self, check: Check, now: Callable[[], float] = time.monotonic) -> None:
        self.is_over = False
        self._now = now
        self._check = check
        self._filter: MessageFilter | None = None
        self._is_invalid = True
        self._authorized_at = self._now()
        self._checked_at: deque[float] = deque(maxlen=_MAX_CHECKS)
        self._pending: deque[StreamMessage] = deque()
        self._changed = threading.Condition()

    @property
    def needs_authorization(self) -> bool:
        """Whether `authorize` has to run before the next delivery."""
        return self.is_over or self._is_invalid or self._filter is None or self._now() >= self._authorized_at + AUTHORIZE_SECONDS

    def put(self, message: StreamMessage) -> None:
        """Adds a pending message."""
        with self._changed:
            if len(self._pending) >= _MAX_PENDING:
                self.is_over = True
            else:
                self._pending.append(message)
            self._changed.notify()

    def invalidate(self) -> None:
        """Requires a new authorization because rights changed in the workspace."""
        with self._changed:
            self._is_invalid = True
            self._changed.notify()

    def end(self) -> None:
        """Ends the stream."""
        with self._changed:
            self.is_over = True
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Waits for a message, an invalidation or the end, at most this long."""
        with self._changed:
            if not self._pending and not self._is_invalid and not self.is_over:
                self._changed.wait(seconds)

    def wait_for_end(self, seconds: float) -> None:
        """Waits for the end of the stream, at most this long."""
        until = time.monotonic() + seconds
        with self._changed:
            while not self.is_over and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)

    def take(self) -> list[StreamMessage]:
        """The next pending messages, unfiltered; possibly none."""
        with self._changed:
            return [self._pending.popleft() for _ in range(min(_BATCH, len(self._pending)))]

    def authorize(self) -> bool:
        """Renews the authorization if needed. False means that the stream is over or has to wait."""
        if self.is_over:
            return False
        if not self.needs_authorization:
            return True
        if self._filter is not None and len(self._checked_at) == _MAX_CHECKS and self._now() < self._checked_at[0] + _CHECKS_SECONDS:
            return False
        self._checked_at.append(self._now())
        self._is_invalid = False  # before the check, so a notice during the check causes another one
        try:
            with pymongo.timeout(_CHECK_TIMEOUT):
                self._filter = self._check()
        except PyMongoError as error:
            self._check_failed(error)
        else:
            self._authorized_at = self._now()
            self.is_over = self.is_over or self._filter is None
        return self._filter is not None and not self.is_over

    def filter(self, messages: Sequence[StreamMessage]) -> list[StreamMessage | None]:
        """Each message, or None for a hidden one. Empty if MongoDB does not respond; then `needs_authorization` is true."""
        try:
            if self._filter is not None:
                with pymongo.timeout(_CHECK_TIMEOUT):
                    return self._filter(messages)
        except PyMongoError as error:
            self._check_failed(error)
        return []

    def _check_failed(self, error: PyMongoError) -> None:
        self._filter = None
        if self._now() >= self._authorized_at + _MAX_UNAUTHORIZED_SECONDS:
            log.info("stream ended: authorization could not be checked", extra={"error": type(error).__name__})
            self.is_over = True
