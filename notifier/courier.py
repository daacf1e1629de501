"""The courier: carries one claimed delivery to its end: load, decide, send, write down. Called by notifier.dispatch, one lane at a time."""

import logging
import random
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pymongo.errors import PyMongoError

from notifier import routing
from notifier.channels import CHANNELS
from notifier.context import Context, NoticeRefused
from notifier.notice import compose, compose_digest
from notifier.routing import EDIT_EVERY, EDIT_TRIES, GATHER_AGE, GATHER_FROM, Decision, Load, Step, decide, lane_rest, next_try
from notifier.teller import Teller
from tracker.actions.deps import Deps
from tracker.actions.sending import note_refused, note_taken
from tracker.base.errors import DeliveryError
from tracker.base.ids import id_of
from tracker.base.metrics import ALERT_SECONDS, DELIVERIES
from tracker.base.outbound import Outbound
from tracker.domain.alerts import Alert, AlertState, Delivery, DeliveryState
from tracker.domain.leads import Lead
from tracker.domain.reps import Channel, ChannelName
from tracker.domain.workspaces import Workspace
from tracker.store.lanes import Lane, lane_of
from tracker.store.together import together

log = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_IN_DIGEST = 1000
_RECENT = timedelta(seconds=60)
_INSIST_SECONDS = 25.0
"""How long an outcome waits for MongoDB to come back: with the longest try, less than the lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A delivery with all that it needs."""

    delivery: Delivery
    alert: Alert
    channel: Channel
    lead: Lead | None
    workspace: Workspace


class Courier:
    """Shared by the threads of a process. `spread` gives the jitter, 0 to 1."""

    def __init__(self, deps: Deps, outbound: Outbound, spread: Callable[[], float] = random.random) -> None:
        self._deps = deps
        self._outbound = outbound
        self._spread = spread
        self._failures: dict[Lane, int] = {}
        self._teller = Teller(deps, outbound)

    @property
    def failing(self) -> set[Lane]:
        """Lanes whose last try failed: they may cost time again."""
        return set(self._failures)

    def carry(self, delivery: Delivery) -> None:
        """Carries it out. Raises PyMongoError where MongoDB is away before anything was sent: the lease brings it back."""
        now = self._deps.now()
        store = self._deps.store.of(delivery.workspace)
        load, alert, channel, (workspace, lead) = together(
            lambda: self._load(delivery, now),
            lambda: store.alerts.find(delivery.alert),
            lambda: store.channels.find(id_of(delivery.workspace, delivery.rep or "team", delivery.channel)),
            lambda: (self._deps.store.workspaces.find(delivery.workspace), store.leads.find(delivery.lead) if delivery.lead else None),
        )
        decision = decide(delivery, alert, channel, load, now)
        if alert is None or channel is None or workspace is None or decision.step in (Step.END, Step.KEEP, Step.WAIT):
            self._put_down(delivery, decision, alert, now)
            return
        case = Case(delivery=delivery, alert=alert, channel=channel, lead=lead, workspace=workspace)
        {Step.EDIT: self._edit, Step.GATHER: self._gather}.get(decision.step, self._send)(case)

    def set_aside(self, delivery: Delivery) -> None:
        """A fault of our own: the delivery is tried again later, and others go on."""
        now = self._deps.now()
        due = next_try(delivery, now, spread=self._spread())
        state = DeliveryState.DUE if due else DeliveryState.FAILED
        self._write(
            [delivery], state=state, due_at=due or now, first_try_at=delivery.first_try_at or now, error="an error of ours; see the log"
        )

    def _load(self, delivery: Delivery, now: datetime) -> Load:
        if delivery.channel is ChannelName.WEBHOOK or delivery.at is not None:
            return Load()
        lanes, lane = self._deps.store.lanes, lane_of(delivery)
        late = now - delivery.created_at > GATHER_AGE
        return Load(tuple(lanes.recent(lane, now - _RECENT)), lanes.waiting(lane, now, most=GATHER_FROM) if late else 0)

    def _put_down(self, delivery: Delivery, decision: Decision, alert: Alert | None, now: datetime) -> None:
        """Nothing is sent now, so this was no try."""
        tries = delivery.attempts - 1
        if decision.step is Step.WAIT:
            until = decision.until or now
            self._write([delivery], state=DeliveryState.DUE, due_at=until, attempts=tries)
            if decision.holds_lane:
                self._hold(delivery, until)
        elif decision.step is Step.KEEP:
            revision = alert.revision if alert else delivery.revision
            self._write([delivery], state=DeliveryState.DELIVERED, attempts=tries, revision=revision)
        else:
            self._failures.pop(lane_of(delivery), None)
            self._write([delivery], state=decision.state, attempts=tries, error=decision.error)

    def _send(self, case: Case) -> None:
        delivery, started = case.delivery, self._deps.now()
        notice = compose(case.alert, case.lead, delivery=delivery.id, public_url=self._deps.settings.public_url)
        try:
            reference = CHANNELS[delivery.channel].send(notice, case.channel.config, self._context(case))
        except DeliveryError as error:
            self._failed([delivery], case, error, started)
            return
        self._delivered([(delivery, case.alert, reference)], case, started)
        if "ts" in reference:
            self._catch_up(case)

    def _gather(self, case: Case) -> None:
        """Everything that waits in the lane goes as one notice; what no longer stands goes nowhere."""
        started, store = self._deps.now(), self._deps.store
        waiting = store.lanes.claim_waiting(lane_of(case.delivery), started, most=_MOST_IN_DIGEST)
        alerts = store.of(case.delivery.workspace).alerts.by_ids(row.alert for row in waiting)
        alerts[case.alert.id] = case.alert
        rows = [row for row in (case.delivery, *waiting) if row.alert in alerts and alerts[row.alert].state is AlertState.STANDING]
        self._leave_out([row for row in waiting if row not in rows], alerts, started)
        if len(rows) == 1:
            self._send(case)
            return
        notice = compose_digest(
            [alerts[row.alert] for row in rows], key=[row.id for row in rows], at=started, public_url=self._deps.settings.public_url
        )
        try:
            CHANNELS[case.delivery.channel].send(notice, case.channel.config, self._context(case))
        except DeliveryError as error:
            self._failed(rows, case, error, started)
            return
        head = {"digest": notice.id, "count": str(len(rows))}
        done = [(row, alerts[row.alert], {"carried_by": notice.id} if place else head) for place, row in enumerate(rows)]
        self._delivered(done, case, started)

    def _leave_out(self, rows: Sequence[Delivery], alerts: Collection[str], now: datetime) -> None:
        for row in rows:
            if row.alert not in alerts and routing.is_early(row, now):
                self._write([row], state=DeliveryState.DUE, due_at=now + routing.ALERT_PAUSE, attempts=row.attempts - 1)
            else:
                self._write([row], state=DeliveryState.CANCELLED, error="the alert no longer stands")

    def _edit(self, case: Case) -> None:
        delivery = case.delivery
        notice = compose(case.alert, case.lead, delivery=delivery.id, public_url=self._deps.settings.public_url)
        change = CHANNELS[delivery.channel].edit
        try:
            reference = change(notice, delivery.reference, case.channel.config, self._context(case)) if change else delivery.reference
        except DeliveryError as error:
            # The rep was told when it happened; words that stay a little behind are no reason to trouble them.
            due = next_try(delivery, self._deps.now(), spread=self._spread(), retry_after=error.retry_after)
            if error.permanent or due is None or delivery.attempts > EDIT_TRIES:
                self._write([delivery], state=DeliveryState.DELIVERED, revision=case.alert.revision, error=str(error))
                return
            self._write([delivery], state=DeliveryState.DUE, due_at=due, error=str(error))
            if error.retry_after is not None:
                self._hold(delivery, due)
            return
        values = {"reference": reference, "revision": case.alert.revision, "attempts": delivery.attempts - 1, "error": None}
        self._write([delivery], state=DeliveryState.DELIVERED, **values)
        self._catch_up(case)

    def _catch_up(self, case: Case) -> None:
        """The alert's words may have changed while its message was under way; then nobody else makes it due again."""
        store = self._deps.store.of(case.delivery.workspace)
        latest = _insist(lambda: store.alerts.find(case.alert.id))
        if latest is not None and latest.revision > case.alert.revision:
            due = self._deps.now() + EDIT_EVERY
            _insist(lambda: store.deliveries.edit_due([latest.id], due, [case.delivery.channel.value]))

    def _delivered(self, done: Sequence[tuple[Delivery, Alert, dict[str, str]]], case: Case, started: datetime) -> None:
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
            self._write(rows, state=DeliveryState.DELIVERED, **values)
        _insist(lambda: store.alerts.note_times([alert.id for _, alert, _ in done], first_try=started, delivered=now))
        channel = case.channel
        if channel.name is ChannelName.EMAIL:
            _insist(lambda: note_taken(self._deps, channel.workspace))
        if channel.disabled_reason or channel.checked_at is None or now - channel.checked_at > _RECENT:
            _insist(lambda: store.channels.worked(channel.id, now))

    def _failed(self, rows: Sequence[Delivery], case: Case, error: DeliveryError, started: datetime) -> None:
        now, head = self._deps.now(), case.delivery
        DELIVERIES.labels(head.channel.value, "refused" if error.permanent else "failed for now").inc(len(rows))
        log.warning(
            "not delivered", extra={"delivery": head.id, "channel": head.channel.value, "permanent": error.permanent, "why": str(error)}
        )
        store = self._deps.store.of(head.workspace)
        _insist(lambda: store.alerts.note_times([row.alert for row in rows], first_try=started))
        if head.channel is ChannelName.EMAIL and (error.permanent or head.attempts > 1):  # what passes by itself alarms nobody
            _insist(lambda: note_refused(self._deps, head.workspace, error))
        due = None if error.permanent else next_try(head, now, spread=self._spread(), retry_after=error.retry_after)
        first = {"first_try_at": head.first_try_at or started, "error": str(error)}
        if due is not None:
            self._write(rows, state=DeliveryState.DUE, due_at=due, **first)
            self._rest(head, due, now, error)
            return
        self._failures.pop(lane_of(head), None)
        is_broken = error.permanent and not isinstance(error, NoticeRefused)
        self._teller.tell(head, case.alert, case.lead, case.workspace, str(error), is_off=is_broken)
        if is_broken:
            _insist(lambda: store.channels.disable(case.channel.id, str(error)))
        self._write(rows, state=DeliveryState.FAILED, **first)

    def _rest(self, delivery: Delivery, due: datetime, now: datetime, error: DeliveryError) -> None:
        """The whole lane waits: as long as the receiver asked, or longer with each failure in a row."""
        if error.retry_after is not None:
            self._hold(delivery, due)
            return
        failures = self._failures[lane_of(delivery)] = self._failures.get(lane_of(delivery), 0) + 1
        self._hold(delivery, due if failures == 1 else now + lane_rest(failures, self._spread()))

    def _hold(self, delivery: Delivery, until: datetime) -> None:
        store = self._deps.store
        channel = id_of(delivery.workspace, delivery.rep or "team", delivery.channel)
        _insist(lambda: store.of(delivery.workspace).channels.hold(channel, until))
        _insist(lambda: store.lanes.hold(lane_of(delivery), until))

    def _write(self, rows: Sequence[Delivery], **values: object) -> None:
        _insist(lambda: self._deps.store.lanes.finish(rows, **values))

    def _context(self, case: Case) -> Context:
        return Context(self._outbound, self._deps.settings, case.workspace, self._deps.now())


def _insist(write: Callable[[], T]) -> T:
    """An outcome must be known before the lease lapses, else the notice goes out again: waits for MongoDB a while."""
    until = time.monotonic() + _INSIST_SECONDS
    while True:
        try:
            return write()
        except PyMongoError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
