"""Connections to mail servers that are kept open between messages, one for each sender. Used by those that send many messages.

A kept connection is checked with RSET before each message, since servers close idle ones. Different senders may use it at the same
time; one sender's messages go one after the other.
"""

import contextlib
import smtplib
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from tracker.base.network.connection import Deadline
from tracker.base.network.resolver import Resolver
from tracker.mail.replies import MessageRefused, RecipientRefused
from tracker.mail.routes import Route
from tracker.mail.session import Session
from tracker.mail.smtp import TOTAL_SECONDS, as_delivery_errors, hand_over, leave, open_session

_IDLE_SECONDS = 30.0
_MOST_MESSAGES = 50
"""Messages per connection: many servers accept no more than a hundred."""
_CHECK_SECONDS, _FAREWELL_SECONDS = 5.0, 1.0
_DONE = 250


@dataclass(slots=True)
class _Kept:
    session: Session
    route: Route
    used_at: float
    count: int = 0


@dataclass(slots=True)
class Connections:
    """Open connections by sender. A context manager closes them all."""

    clock: Callable[[], float] = time.monotonic
    _kept: dict[Hashable, _Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _deadline: Deadline = field(default_factory=Deadline)

    def send(
        self,
        key: Hashable,
        route: Route,
        message: EmailMessage | bytes,
        *,
        sender: str,
        recipient: str,
        resolver: Resolver,
        seconds: float = TOTAL_SECONDS,
    ) -> str:
        """Sends the message to one recipient through the sender's connection; returns the server's answer. Raises DeliveryError."""
        kept = self._usable(key, route)
        self._deadline.start(seconds)
        if kept is None:
            kept = _Kept(open_session(route, resolver, self._deadline), route, self.clock())
        is_usable = False
        try:
            with as_delivery_errors(route, self._deadline, kept.session):
                answer = hand_over(kept.session, message, sender, recipient)
            is_usable = True
        except (MessageRefused, RecipientRefused):
            is_usable = True
            raise
        finally:
            self._put_back(key, kept, is_usable=is_usable)
        return answer

    def close_idle(self) -> None:
        """Closes the connections that were not used for a while."""
        with self._lock:
            old = [key for key, kept in self._kept.items() if self.clock() - kept.used_at >= _IDLE_SECONDS]
            found = [self._kept.pop(key) for key in old]
        for kept in found:
            self._leave(kept)

    def close(self) -> None:
        """Closes all of them."""
        with self._lock:
            found = list(self._kept.values())
            self._kept.clear()
        for kept in found:
            self._leave(kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.close()

    def _usable(self, key: Hashable, route: Route) -> _Kept | None:
        """The sender's connection to this server if it still answers."""
        with self._lock:
            kept = self._kept.pop(key, None)
        if kept is None:
            return None
        is_fresh = kept.route == route and kept.count < _MOST_MESSAGES and self.clock() - kept.used_at < _IDLE_SECONDS
        self._deadline.start(_CHECK_SECONDS)
        with contextlib.suppress(smtplib.SMTPException, OSError, ValueError):
            if is_fresh and kept.session.rset()[0] == _DONE:
                return kept
        self._leave(kept)
        return None

    def _put_back(self, key: Hashable, kept: _Kept, *, is_usable: bool) -> None:
        if not is_usable:
            kept.session.drop()
            return
        kept.count, kept.used_at = kept.count + 1, self.clock()
        with self._lock:
            former = self._kept.get(key)
            self._kept[key] = kept
        if former is not None:
            former.session.drop()

    def _leave(self, kept: _Kept) -> None:
        self._deadline.start(_FAREWELL_SECONDS)
        leave(kept.session, self._deadline)
        kept.session.drop()
