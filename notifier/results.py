"""Results: records what became of deliveries, pauses receivers, disables channels and reports failures. Called by notifier.delivery."""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.context import NoticeRefused, ReceiverRefuses
from notifier.fallback import Fallback
from notifier.routing import EDIT_EVERY, next_try, receiver_pause
from tracker.actions.deps import Deps
from tracker.actions.mail.sending import record_failure, record_success
from tracker.base.errors import DeliveryError
from tracker.base.metrics import ALERT_SECONDS, ALERT_STEP_SECONDS, DELIVERIES
from tracker.domain.alerting.alert import Alert, AlertRule
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryResult, DeliveryState, DeliveryTiming, DeliveryTry
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.latency import seconds_of
from tracker.rules.alerting.routes import EDITABLE, KEPT, RESENDABLE
from tracker.store.alerting.delivery_queue import Receiver, receiver_of
from tracker.store.core.retries import with_retries

log = logging.getLogger(__name__)

_RECENT = timedelta(seconds=60)
_TOLD_AT = 4
"""The try, about three minutes after the first, at which the rep is told of refusals."""
_PATIENCE = "Leadlight tries again for a day, and sends a list of what was missed once it works."
_NO_ALARM = frozenset({AlertRule.ALARM, AlertRule.TEST})
"""Failed mails of these rules raise no alarm: an alarm must not cause another, and the rep who requested a test sees its result."""


GIVE_UP_FROM = timedelta(hours=12)
"""A webhook that refuses is given up at the end of a delivery's day of tries, if it accepted nothing for this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCase:
    """A delivery with the records it refers to."""

    delivery: Delivery
    alert: Alert
    channel: Channel
    lead: Lead | None
    workspace: Workspace


class Results:
    """Shared by the threads of a process. `spread` gives the jitter, 0 to 1."""

    def __init__(self, deps: Deps, fallback: Fallback, spread: Callable[[], float] = random.random) -> None:
        self._deps, self._fallback, self._spread = deps, fallback, spread
        self._failures: dict[Receiver, int] = {}

    @property
    def failing(self) -> set[Receiver]:
        """The receivers whose last try failed: the next one may take long again."""
        return set(self._failures)

    def delivered(self, done: Sequence[tuple[Delivery, Alert, dict[str, str]]], case: DeliveryCase, started: datetime) -> None:
        """Records that these were delivered, each with the receiver's reference to the message."""
        now = self._deps.now()
        store = self._deps.store.of(case.delivery.workspace)
        self._failures.pop(receiver_of(case.delivery), None)
        DELIVERIES.labels(case.delivery.channel.value, "delivered").inc(len(done))
        if case.delivery.timing is DeliveryTiming.NOW:
            ALERT_SECONDS.observe(max((now - case.alert.times.event).total_seconds(), 0.0))
        for row, alert, _ in done:
            timed = seconds_of(alert, row.first_try_at or started, now) if row.timing is DeliveryTiming.NOW else {}
            for step, seconds in timed.items():
                ALERT_STEP_SECONDS.labels(row.channel.value, step).observe(seconds)
            log.info("delivered", extra={"event": alert.cause, "alert": alert.id, "delivery": row.id, "channel": row.channel.value})
        groups: dict[tuple[int, datetime, tuple[tuple[str, str], ...]], list[Delivery]] = {}
        for row, alert, reference in done:
            groups.setdefault((alert.revision, row.first_try_at or started, tuple(reference.items())), []).append(row)
        for (revision, first_try_at, fields), rows in groups.items():
            values = {"at": now, "error": None, "reference": dict(fields), "revision": revision, "first_try_at": first_try_at}
            tried = DeliveryTry(at=now, result=DeliveryResult.DELIVERED)
            if can_correct(case.channel.name, dict(fields)):
                self.write_delivered(rows, settled=revision, tried=tried, **values)
            else:
                self.write(rows, state=DeliveryState.DELIVERED, tried=tried, **values)
        with_retries(lambda: store.alerts.note_times([alert.id for _, alert, _ in done], first_try=started, delivered=now))
        channel = case.channel
        if _is_mail(case):
            with_retries(lambda: record_success(self._deps, channel.workspace))
        if channel.disabled_reason or channel.failing_since or channel.checked_at is None or now - channel.checked_at > _RECENT:
            with_retries(lambda: store.channels.worked(channel, now))

    def failed(self, rows: Sequence[Delivery], case: DeliveryCase, error: DeliveryError, started: datetime) -> None:
        """Records that the receiver did not accept these, which were sent as one notice. Each is retried for a day of its own."""
        now, head = self._deps.now(), case.delivery
        DELIVERIES.labels(head.channel.value, "refused" if error.permanent else "failed for now").inc(len(rows))
        log.warning(
            "not delivered", extra={"delivery": head.id, "channel": head.channel.value, "permanent": error.permanent, "reason": str(error)}
        )
        store = self._deps.store.of(head.workspace)
        with_retries(lambda: store.alerts.note_times([row.alert for row in rows], first_try=started))
        if _is_mail(case) and (error.permanent or head.attempts > 1):  # a passing failure raises no alarm
            with_retries(lambda: record_failure(self._deps, head.workspace, error))
        if self._was_changed(case.channel):
            self.write(rows, state=DeliveryState.DUE, due_at=now, error=str(error), tried=failed_try(now, error, now))
            return
        self._note_failing(case, error, now)
        spread = self._spread()
        ended: list[Delivery] = []
        again: dict[tuple[datetime, datetime], list[Delivery]] = {}
        for row in rows:
            due = None if error.permanent else next_try(row, now, spread=spread, retry_after=error.retry_after)
            if due is None:
                ended.append(row)
            else:
                again.setdefault((due, row.first_try_at or started), []).append(row)
        for (due, first_try_at), group in again.items():
            tried = failed_try(now, error, due)
            self.write(group, state=DeliveryState.DUE, due_at=due, first_try_at=first_try_at, error=str(error), tried=tried)
        if ended:
            self._end(ended, case, error, started, is_off=_is_given_up(case.channel, error, now))
        if again:
            self._pause(case, min(due for due, _ in again), now, error)
        else:
            self._failures.pop(receiver_of(head), None)

    def forget(self, delivery: Delivery) -> None:
        """Nothing of this delivery is sent: it is no longer known whether its receiver works."""
        self._failures.pop(receiver_of(delivery), None)

    def hold(self, channel: Channel, delivery: Delivery, until: datetime) -> None:
        """Nothing is sent to the receiver before that moment."""
        store = self._deps.store
        with_retries(lambda: store.of(delivery.workspace).channels.hold(channel, until))
        with_retries(lambda: store.delivery_queue.hold(receiver_of(delivery), until))

    def write(self, rows: Sequence[Delivery], *, tried: DeliveryTry | None = None, **values: object) -> None:
        """Writes the same values to all rows, and the try to their logs, as soon as MongoDB is available."""
        with_retries(lambda: self._deps.store.delivery_queue.finish(rows, tried=tried, **values))

    def write_delivered(self, rows: Sequence[Delivery], *, settled: int, tried: DeliveryTry | None = None, **values: object) -> None:
        """Writes that the rows are delivered; those of which a revision above `settled` is wanted by now are due again."""
        again_at = self._deps.now() + EDIT_EVERY
        with_retries(lambda: self._deps.store.delivery_queue.delivered(rows, settled=settled, again_at=again_at, tried=tried, **values))

    def _note_failing(self, case: DeliveryCase, error: DeliveryError, now: datetime) -> None:
        """Keeps since when and why the channel fails. After some minutes of refusals the rep is told once, long before it is given up."""
        channel, store = case.channel, self._deps.store.of(case.channel.workspace)
        if channel.name not in KEPT or isinstance(error, NoticeRefused) or case.alert.rule is AlertRule.TEST:
            return
        with_retries(lambda: store.channels.failing(channel, now, str(error)))
        if isinstance(error, ReceiverRefuses) and case.delivery.attempts == _TOLD_AT and _is_oldest(case):
            self._fallback.report(case.delivery, case.alert, case.lead, case.workspace, f"{error}. {_PATIENCE}", is_off=False)

    def _was_changed(self, channel: Channel) -> bool:
        """Whether the rep changed the channel during the try, so that the result of the old receiver no longer matters."""
        store = self._deps.store.of(channel.workspace)
        latest = with_retries(lambda: store.channels.find(channel.id))
        return latest is not None and latest.config != channel.config

    def _end(self, rows: Sequence[Delivery], case: DeliveryCase, error: DeliveryError, started: datetime, *, is_off: bool) -> None:
        channel, store = case.channel, self._deps.store.of(case.channel.workspace)
        head, alert, lead = rows[0], case.alert, case.lead
        if head.id != case.delivery.id:  # of a digest, whose oldest delivery is retried
            alert = with_retries(lambda: store.alerts.find(head.alert)) or alert
            lead = with_retries(lambda: store.leads.find(head.lead)) if head.lead else None
        self._fallback.report(head, alert, lead, case.workspace, str(error), is_off=is_off)
        if is_off:
            with_retries(lambda: store.channels.disable(channel, str(error)))
        groups: dict[datetime, list[Delivery]] = {}
        for row in rows:
            groups.setdefault(row.first_try_at or started, []).append(row)
        now = self._deps.now()
        for first_try_at, group in groups.items():
            tried = failed_try(now, error, None)
            self.write(group, state=DeliveryState.FAILED, due_at=now, first_try_at=first_try_at, error=str(error), tried=tried)

    def _pause(self, case: DeliveryCase, due: datetime, now: datetime, error: DeliveryError) -> None:
        """Pauses the receiver: as long as it asked for, or longer with each failure in a row."""
        delivery = case.delivery
        if error.retry_after is not None:
            self.hold(case.channel, delivery, due)
            return
        failures = self._failures[receiver_of(delivery)] = self._failures.get(receiver_of(delivery), 0) + 1
        self.hold(
            case.channel,
            delivery,
            min(due, now + receiver_pause(1, 0.0)) if failures == 1 else now + receiver_pause(failures, self._spread()),
        )


def _is_given_up(channel: Channel, error: DeliveryError, now: datetime) -> bool:
    """Whether nothing more is sent there: a final refusal, or refusals for hours in which nothing was accepted."""
    if isinstance(error, ReceiverRefuses):
        return channel.failing_since is not None and now - channel.failing_since >= GIVE_UP_FROM
    return error.permanent and not isinstance(error, NoticeRefused)


def failed_try(at: datetime, error: Exception | str, next_at: datetime | None) -> DeliveryTry:
    """A try that was not accepted, for the log; `next_at` is None where it was the last."""
    result = DeliveryResult.GIVEN_UP if next_at is None else DeliveryResult.FAILED
    return DeliveryTry(at=at, result=result, reason=str(error), next_at=next_at)


def can_correct(channel: ChannelName, reference: Mapping[str, str]) -> bool:
    """Whether the receiver of a delivered notice can be told of a change: by an edit, or by a second notice."""
    return channel in RESENDABLE or (channel in EDITABLE and "ts" in reference)


def _is_mail(case: DeliveryCase) -> bool:
    return case.channel.name is ChannelName.EMAIL and case.alert.rule not in _NO_ALARM


def _is_oldest(case: DeliveryCase) -> bool:
    """Whether the channel fails since this delivery: those that follow need no report of their own."""
    since = case.channel.failing_since
    return since is not None and case.delivery.first_try_at is not None and case.delivery.first_try_at <= since
