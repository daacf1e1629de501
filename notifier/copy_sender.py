"""The copy sender: routes the mails that the relay accepted, and sends their unchanged copies. Started by notifier.main."""

from collections.abc import Callable, Collection
from datetime import datetime

from notifier.mail_sender import QueueSender
from tracker.actions.deps import Deps
from tracker.actions.mail_relay.copies import deliver_copy, mailbox_of_copy
from tracker.actions.mail_relay.routing import remove_finished, route_accepted
from tracker.domain.mail.accepted_mail import RelayedCopy
from tracker.mail.connections import Connections
from tracker.store.mail.mail_queue import Mailbox

_AT_ONCE = 4
"""Mails that are routed, and mails that are looked at, before each copy: neither may keep the other waiting while mail keeps coming."""


class CopySender(QueueSender[RelayedCopy, Mailbox]):
    """`on_routed` is called when messages to leads may be due."""

    def __init__(self, deps: Deps, on_routed: Callable[[], None]) -> None:
        super().__init__(deps)
        self._on_routed = on_routed

    def prepare(self) -> int:
        """Routes some accepted mails, and removes some whose recipients are done."""
        routed = route_accepted(self._deps, _AT_ONCE)
        if routed:
            self._on_routed()
        return routed + remove_finished(self._deps, _AT_ONCE)

    def claim(self, skip: Collection[Mailbox]) -> RelayedCopy | None:
        """From the queue of copies; while it is empty, accepted mails are routed."""
        while True:
            prepared = self.prepare()
            claimed = self._deps.store.relayed_copies.claim(self._deps.now(), skip=skip)
            if claimed is not None or not prepared:
                return claimed

    def next_due(self, skip: Collection[Mailbox]) -> datetime | None:
        """The next copy, or the next accepted mail."""
        due = (self._deps.store.relayed_copies.next_due(skip=skip), self._deps.store.accepted_mails.next_due())
        return min(filter(None, due), default=None)

    def sender_of(self, claimed: RelayedCopy) -> Mailbox:
        """The sender's."""
        return mailbox_of_copy(claimed)

    def deliver(self, claimed: RelayedCopy, connections: Connections) -> None:
        """See `actions.mail_relay.copies`."""
        deliver_copy(self._deps, claimed, connections)
