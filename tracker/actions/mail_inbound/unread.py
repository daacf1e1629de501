"""The mails of a mailbox that could not be acted on: kept by number during one look, and tried again later."""

from collections.abc import Iterable
from datetime import datetime

from tracker.domain.mail.unread_mail import UnreadMail
from tracker.rules.mail.backoff import next_attempt

_MOST = 50
"""Of more, the oldest are left out."""


class UnreadMails:
    """Those of one mailbox."""

    def __init__(self, known: Iterable[UnreadMail], now: datetime) -> None:
        self._known = {one.uid: one for one in known}
        self._now = now

    @property
    def stored(self) -> tuple[UnreadMail, ...]:
        """Those that are left, by number."""
        return tuple(self._known[uid] for uid in sorted(self._known)[-_MOST:])

    def due(self) -> list[int]:
        """The numbers of those to be tried now."""
        return [one.uid for one in self.stored if one.next_at is not None and one.next_at <= self._now]

    def done(self, uid: int) -> None:
        """It was acted on, or is gone."""
        self._known.pop(uid, None)

    def failed(self, uid: int, error: Exception) -> None:
        """It is tried again later."""
        former = self._known.get(uid)
        first_at, tries = (former.first_at, former.tries + 1) if former else (self._now, 1)
        next_at = next_attempt(first_at, tries, self._now)
        self._known[uid] = UnreadMail(uid=uid, first_at=first_at, tries=tries, next_at=next_at, reason=type(error).__name__[:60])
