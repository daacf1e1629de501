"""Outcomes: what became of deliveries, written down; lanes and channels rest or end, reps and admins hear of it. Called by notifier.delivery."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pymongo.errors import PyMongoError

from notifier.context import NoticeRefused
from notifier.fallback import Teller
from notifier.routing import lane_rest, next_try
from tracker.actions.deps import Deps
from tracker.actions.mail.sending import note_refused, note_taken
from tracker.base.errors import DeliveryError
from tracker.base.metrics import ALERT_SECONDS, DELIVERIES
from tracker.domain.alerting.alert import Alert, AlertRule
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.store.alerting.delivery_queue import Lane, lane_of

log = logging.getLogger(__name__)

T = TypeVar("T")

_RECENT = timedelta(seconds=60)
_INSIST_SECONDS = 25.0
"""How long an outcome waits for MongoDB to come back: with the longest try, less than the lease."""
_OF_ITSELF = frozenset({AlertRule.ALARM, AlertRule.TEST})
"""What their mails meet alarms nobody: an alarm must not ring itself, and whoever tests is looking at the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A delivery with all that it needs."""

    delivery: Delivery
    alert: Alert
    channel: Channel
    lead: Lead | None
    workspace: Workspace


class Outcomes:
    """Shared by the threads of a process. `spread` gives the jitter, 0 to 1."""

    def __init__(self, deps: Deps, teller: Teller, spread: Callable[[], float] = random.random) -> None:
        self._deps, self._teller, self._spread = deps, teller, spread
        self._failures: dict[Lane, int] = {}

    @property
    def failing(self) -> set[Lane]:
        """Lanes whose last try failed: they may cost time again."""
        return set(self._failures)

    def delivered(self, done: Sequence[tuple[Delivery, Alert, dict[str, str]]], case: Case, started: datetime) -> None:
        """These went out, each with what the receiver calls its message."""
        now = self._deps.now()
        store = self._deps.store.of(case.delivery.workspace)
        self._failures.pop(lane_of(case.delivery), None)
        DELIVERIES.labels(case.delivery.channel.value, "delivered").inc(len(done))
        ALERT_SECONDS.observe(max((now - case.alert.times.event).total_seconds(), 0.0))
        for row, alert, _ in done:
            log.info("delivered", extra={"event": alert.cause, "alert": alert.id, "delivery": row.id, "channel": row.channel.value})
        alike: dict[tuple[int, datetime, tuple[tuple[str, str], ...]], list[Delivery]] = {}
        for row, alert, reference in done:
            alike.setdefault((alert.revision, row.first_try_at or started, tuple(reference.items())), []).append(row)
        for (revision, first_try_at, words), rows in alike.items():
            values = {"at": now, "error": None, "reference": dict(words), "revision": revision, "first_try_at": first_try_at}
            self.write(rows, state=DeliveryState.DELIVERED, **values)
        insist(lambda: store.alerts.note_times([alert.id for _, alert, _ in done], first_try=started, delivered=now))
        channel = case.channel
        if _is_of_mail(case):
            insist(lambda: note_taken(self._deps, channel.workspace))
        if channel.disabled_reason or channel.checked_at is None or now - channel.checked_at > _RECENT:
            insist(lambda: store.channels.worked(channel, now))

    def failed(self, rows: Sequence[Delivery], case: Case, error: DeliveryError, started: datetime) -> None:
        """These were sent as one, and the receiver did not take it. Each has its own day of tries."""
        now, head = self._deps.now(), case.delivery
        DELIVERIES.labels(head.channel.value, "refused" if error.permanent else "failed for now").inc(len(rows))
        log.warning(
            "not delivered", extra={"delivery": head.id, "channel": head.channel.value, "permanent": error.permanent, "why": str(error)}
        )
        store = self._deps.store.of(head.workspace)
        insist(lambda: store.alerts.note_times([row.alert for row in rows], first_try=started))
        if _is_of_mail(case) and (error.permanent or head.attempts > 1):  # what passes by itself alarms nobody
            insist(lambda: note_refused(self._deps, head.workspace, error))
        if self._has_moved(case.channel):
            self.write(rows, state=DeliveryState.DUE, due_at=now, error=str(error))
            return
        spread = self._spread()
        ended: list[Delivery] = []
        again: dict[tuple[datetime, datetime], list[Delivery]] = {}
        for row in rows:
            due = None if error.permanent else next_try(row, now, spread=spread, retry_after=error.retry_after)
            if due is None:
                ended.append(row)
            else:
                again.setdefault((due, row.first_try_at or started), []).append(row)
        for (due, first_try_at), alike in again.items():
            self.write(alike, state=DeliveryState.DUE, due_at=due, first_try_at=first_try_at, error=str(error))
        if ended:
            self._end(ended, case, error, started, is_off=error.permanent and not isinstance(error, NoticeRefused))
        if again:
            self._rest(case, min(due for due, _ in again), now, error)
        else:
            self._failures.pop(lane_of(head), None)

    def forget(self, delivery: Delivery) -> None:
        """Nothing of this delivery is to be sent: whether its lane works is no longer known."""
        self._failures.pop(lane_of(delivery), None)

    def hold(self, channel: Channel, delivery: Delivery, until: datetime) -> None:
        """Nothing goes there before then."""
        store = self._deps.store
        insist(lambda: store.of(delivery.workspace).channels.hold(channel, until))
        insist(lambda: store.lanes.hold(lane_of(delivery), until))

    def write(self, rows: Sequence[Delivery], **values: object) -> None:
        """The same of all rows, once MongoDB takes it."""
        insist(lambda: self._deps.store.lanes.finish(rows, **values))

    def _has_moved(self, channel: Channel) -> bool:
        """Whether the rep named another receiver while the try was under way: what the old one said counts no longer."""
        store = self._deps.store.of(channel.workspace)
        latest = insist(lambda: store.channels.find(channel.id))
        return latest is not None and latest.config != channel.config

    def _end(self, rows: Sequence[Delivery], case: Case, error: DeliveryError, started: datetime, *, is_off: bool) -> None:
        channel, store = case.channel, self._deps.store.of(case.channel.workspace)
        head, alert, lead = rows[0], case.alert, case.lead
        if head.id != case.delivery.id:  # of a digest, whose oldest goes on
            alert = insist(lambda: store.alerts.find(head.alert)) or alert
            lead = insist(lambda: store.leads.find(head.lead)) if head.lead else None
        self._teller.tell(head, alert, lead, case.workspace, str(error), is_off=is_off)
        if is_off:
            insist(lambda: store.channels.disable(channel, str(error)))
        firsts: dict[datetime, list[Delivery]] = {}
        for row in rows:
            firsts.setdefault(row.first_try_at or started, []).append(row)
        for first_try_at, alike in firsts.items():
            self.write(alike, state=DeliveryState.FAILED, first_try_at=first_try_at, error=str(error))

    def _rest(self, case: Case, due: datetime, now: datetime, error: DeliveryError) -> None:
        """The whole lane waits: as long as the receiver asked, or longer with each failure in a row."""
        delivery = case.delivery
        if error.retry_after is not None:
            self.hold(case.channel, delivery, due)
            return
        failures = self._failures[lane_of(delivery)] = self._failures.get(lane_of(delivery), 0) + 1
        self.hold(case.channel, delivery, due if failures == 1 else now + lane_rest(failures, self._spread()))


def _is_of_mail(case: Case) -> bool:
    return case.channel.name is ChannelName.EMAIL and case.alert.rule not in _OF_ITSELF


def insist(write: Callable[[], T]) -> T:
    """An outcome must be known before the lease lapses, else the notice goes out again: waits for MongoDB a while."""
    until = time.monotonic() + _INSIST_SECONDS
    while True:
        try:
            return write()
        except PyMongoError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
