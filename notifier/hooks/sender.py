"""The sender of events for webhooks: each webhook in order, several webhooks at once. Started by notifier.main."""

from collections.abc import Collection
from datetime import datetime

from pymongo.errors import PyMongoError

from notifier.hooks.delivery import HookDelivery
from notifier.mail_sender import QueueSender
from tracker.actions.deps import Deps
from tracker.base.http.outbound import Outbound
from tracker.domain.hooks.hook_event import HookEvent
from tracker.mail.connections import Connections
from tracker.store.hooks.hook_events import HookKey


class HookSender(QueueSender[HookEvent, HookKey]):
    """Sends what is due in the queue of events."""

    def __init__(self, deps: Deps, delivery: HookDelivery) -> None:
        super().__init__(deps)
        self._delivery = delivery

    def prepare(self) -> int:
        """Nothing."""
        return 0

    def claim(self, skip: Collection[HookKey]) -> HookEvent | None:
        """From the queue of events."""
        return self._deps.store.hook_queue.claim(self._deps.now(), skip=skip)

    def next_due(self, skip: Collection[HookKey]) -> datetime | None:
        """In the queue of events."""
        return self._deps.store.hook_queue.next_due(skip=skip)

    def sender_of(self, claimed: HookEvent) -> HookKey:
        """The webhook: its events are sent one after the other."""
        return HookKey(claimed.workspace, claimed.hook)

    def deliver(self, claimed: HookEvent, connections: Connections) -> None:
        """See `notifier.hooks.delivery`. An internal error in one event must not hold the webhook for the time of a lease."""
        del connections
        try:
            self._delivery.deliver(claimed)
        except PyMongoError:
            raise
        except Exception:
            self._delivery.postpone(claimed)
            raise


def open_hook_sender(deps: Deps) -> HookSender:
    """The sender of a process, with its HTTP client."""
    return HookSender(deps, HookDelivery(deps, Outbound(deps.settings.outbound_allow)))
