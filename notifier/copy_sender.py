"""The copy sender: routes the mails that the relay accepted, and sends their unchanged copies. Started by notifier.main.

Routing has a thread of its own: while clients keep sending, neither waits for the other.
"""

import time
from collections.abc import Callable, Collection
from datetime import datetime

from notifier.mail_sender import QueueSender
from tracker.actions.deps import Deps
from tracker.actions.mail_relay.copies import deliver_copy, mailbox_of_copy
from tracker.actions.mail_relay.finished import remove_finished
from tracker.actions.mail_relay.routing import route_accepted
from tracker.domain.mail.accepted_mail import RelayedCopy
from tracker.mail.connections import Connections
from tracker.store.mail.mail_queue import Mailbox

_LOOKED_AT = 100
"""Mails that are looked at in one round, between those that are routed."""


class MailRouter(QueueSender[None, None]):
    """Routes accepted mails in their order, and removes those whose recipients are done. Has nothing to send itself."""

    def __init__(self, deps: Deps, on_routed: Callable[[], None]) -> None:
        super().__init__(deps)
        self._on_routed = on_routed

    def prepare(self) -> int:
        """Everything that is due."""
        routed = 0
        while not self._is_stopping and route_accepted(self._deps, 1):
            self._on_routed()
            routed += 1
        return routed + remove_finished(self._deps, _LOOKED_AT)

    def claim(self, skip: Collection[None]) -> None:
        """Nothing."""
        del skip

    def next_due(self, skip: Collection[None]) -> datetime | None:
        """The next mail to route or to look at."""
        del skip
        return self._deps.store.accepted_mails.next_due()


class CopySender(QueueSender[RelayedCopy, Mailbox]):
    """`on_routed` is called when messages to leads may be due."""

    def __init__(self, deps: Deps, on_routed: Callable[[], None]) -> None:
        super().__init__(deps)
        self._on_routed = on_routed
        self._router = MailRouter(deps, self._routed)

    def start(self) -> None:
        """Both threads."""
        self._router.start()
        super().start()

    def wake(self) -> None:
        """A mail was accepted, or a copy may be due."""
        self._router.wake()
        super().wake()

    def stop(self, seconds: float) -> None:
        """Ends both within this time."""
        until = time.monotonic() + seconds
        self._router.stop(seconds)
        super().stop(max(until - time.monotonic(), 0.0))

    def send_all(self) -> int:
        """Routes, then sends the copies."""
        return self._router.send_all() + super().send_all()

    def prepare(self) -> int:
        """Nothing: the router does it."""
        return 0

    def claim(self, skip: Collection[Mailbox]) -> RelayedCopy | None:
        """From the queue of copies."""
        return self._deps.store.relayed_copies.claim(self._deps.now(), skip=skip)

    def next_due(self, skip: Collection[Mailbox]) -> datetime | None:
        """The next copy."""
        return self._deps.store.relayed_copies.next_due(skip=skip)

    def sender_of(self, claimed: RelayedCopy) -> Mailbox:
        """The sender's."""
        return mailbox_of_copy(claimed)

    def deliver(self, claimed: RelayedCopy, connections: Connections) -> None:
        """See `actions.mail_relay.copies`."""
        deliver_copy(self._deps, claimed, connections)

    def _routed(self) -> None:
        self._on_routed()
        super().wake()
