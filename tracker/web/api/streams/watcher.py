"""One open stream: its waiting messages, and its right to hear them, which is read anew again and again. Used by fanout.

A stream outlives the request that opened it, so what was true of its credential then may be wrong now. Nothing is
delivered before the right is confirmed: at the start, after every notice that rights changed, and every 10 s.
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

Sieve = Callable[[Sequence[StreamMessage]], list[StreamMessage | None]]
"""What the client may receive of each message; None in place of those that it may not. May raise PyMongoError."""

Check = Callable[[], Sieve | None]
"""Reads the credential anew: the sieve that follows from it, or nothing once it is gone. May raise PyMongoError."""

CONFIRM_SECONDS = 10.0
"""How old a confirmed right may be. Without Redis nothing tells of changes, and a stream must end within 15 s."""
_UNCONFIRMED_SECONDS = 25.0
"""A right that could not be confirmed for so long, because MongoDB is away, ends the stream."""
_ASK_SECONDS = 3.0
_ASKS, _ASKS_SECONDS = 3, 2.0
"""So often in that time notices make a stream ask: many sign-ins and sign-outs in a row must not become as many questions a stream."""
_WAITING = 500
"""Messages that may wait for one client; a client that falls further behind has to come back with `Last-Event-ID`."""
_BATCH = 100


class Watcher:
    """One stream. The bus's reader calls `put` and `doubt`; the greenlet that serves the client everything else."""

    def __init__(self, check: Check, now: Callable[[], float] = time.monotonic) -> None:
        self.is_over = False
        self._now = now
        self._check = check
        self._sieve: Sieve | None = None
        self._in_doubt = True
        self._confirmed = self._now()
        self._asked: deque[float] = deque(maxlen=_ASKS)
        self._waiting: deque[StreamMessage] = deque()
        self._news = threading.Condition()

    @property
    def is_doubtful(self) -> bool:
        """Whether nothing may be delivered before `confirm` was asked again."""
        return self.is_over or self._in_doubt or self._sieve is None or self._now() >= self._confirmed + CONFIRM_SECONDS

    def put(self, message: StreamMessage) -> None:
        """A message for the client, if it may hear it."""
        with self._news:
            if len(self._waiting) >= _WAITING:
                self.is_over = True
            else:
                self._waiting.append(message)
            self._news.notify()

    def doubt(self) -> None:
        """Rights changed in the workspace, possibly this stream's."""
        with self._news:
            self._in_doubt = True
            self._news.notify()

    def end(self) -> None:
        """The stream has to end."""
        with self._news:
            self.is_over = True
            self._news.notify()

    def wait(self, seconds: float) -> None:
        """Until there is something to do, or the time is over."""
        with self._news:
            if not self._waiting and not self._in_doubt and not self.is_over:
                self._news.wait(seconds)

    def rest(self, seconds: float) -> None:
        """Until the stream has to end, or the time is over."""
        until = time.monotonic() + seconds
        with self._news:
            while not self.is_over and (left := until - time.monotonic()) > 0:
                self._news.wait(left)

    def take(self) -> list[StreamMessage]:
        """The next messages, not yet sifted; maybe none."""
        with self._news:
            return [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]

    def confirm(self) -> bool:
        """Reads the right anew if it is in doubt or old. Whether something may be delivered; else the stream is over or has to wait."""
        if self.is_over:
            return False
        if not self.is_doubtful:
            return True
        if self._sieve is not None and len(self._asked) == _ASKS and self._now() < self._asked[0] + _ASKS_SECONDS:
            return False
        self._asked.append(self._now())
        self._in_doubt = False  # before asking: a notice that comes meanwhile makes us ask again
        try:
            with pymongo.timeout(_ASK_SECONDS):
                self._sieve = self._check()
        except PyMongoError as error:
            self._unanswered(error)
        else:
            self._confirmed = self._now()
            self.is_over = self.is_over or self._sieve is None
        return self._sieve is not None and not self.is_over

    def sift(self, messages: Sequence[StreamMessage]) -> list[StreamMessage | None]:
        """What the client may hear of each message now. Nothing at all where MongoDB does not answer: then `is_doubtful`."""
        try:
            if self._sieve is not None:
                with pymongo.timeout(_ASK_SECONDS):
                    return self._sieve(messages)
        except PyMongoError as error:
            self._unanswered(error)
        return []

    def _unanswered(self, error: PyMongoError) -> None:
        self._sieve = None
        if self._now() >= self._confirmed + _UNCONFIRMED_SECONDS:
            log.info("a stream ends because its right could not be confirmed", extra={"error": type(error).__name__})
            self.is_over = True
