"""Delivery: processes one claimed delivery: load, decide, send, record. Called by notifier.dispatcher, one delivery a receiver at a time."""

import dataclasses
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from notifier import routing
from notifier.channels import CHANNELS
from notifier.context import Context
from notifier.corrections import Corrections, pending_corrections, repeated_corrections
from notifier.details import brief_lines, taken_by
from notifier.fallback import Fallback
from notifier.missed import MissedAlerts
from notifier.notice import Notice, compose, compose_digest
from notifier.results import DeliveryCase, Results, failed_try
from notifier.routing import DIGEST_AGE, DIGEST_FROM, EDIT_TRIES, Decision, DeliveryStep, ReceiverLoad, decide, next_try, tense
from tracker.actions.alerting.push_devices import forget
from tracker.actions.deps import Deps
from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryResult, DeliveryState, DeliveryTry
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.routes import EDITABLE
from tracker.rules.visibility import Viewer, is_open, may_see_alert, scope
from tracker.store.alerting.delivery_queue import Receiver, receiver_of
from tracker.store.core.retries import with_retries
from tracker.store.core.run_parallel import run_parallel

_MOST_IN_DIGEST = 1000
_RECENT = timedelta(seconds=60)
_OWN_ERROR = "an error of ours; see the log"
_NOT_VISIBLE = "the lead is another rep's now"


class Deliverer:
    """Shared by the threads of a process. `spread` gives the jitter, 0 to 1."""

    def __init__(self, deps: Deps, outbound: Outbound, spread: Callable[[], float] = random.random) -> None:
        self._deps = deps
        self._outbound = outbound
        self._spread = spread
        self._results = Results(deps, Fallback(deps, outbound), spread)
        self._missed = MissedAlerts(deps, outbound, self._results, self._hidden)

    @property
    def failing(self) -> set[Receiver]:
        """The receivers whose last try failed: the next one may take long again."""
        return self._results.failing

    def deliver(self, delivery: Delivery) -> None:
        """Processes the delivery. Raises PyMongoError if MongoDB is unavailable before anything is sent: the delivery is due again after its lease."""
        now = self._deps.now()
        store = self._deps.store.of(delivery.workspace)
        load, alert, channel, (workspace, lead) = run_parallel(
            lambda: self._load(delivery, now),
            lambda: store.alerts.find(delivery.alert),
            lambda: store.channels.find(id_of(delivery.workspace, delivery.rep or "team", delivery.channel)),
            lambda: (self._deps.store.workspaces.find(delivery.workspace), store.leads.find(delivery.lead) if delivery.lead else None),
        )
        decision = decide(delivery, alert, channel, load, now)
        if alert is not None and workspace is not None and alert.id in self._hidden(workspace, delivery, [alert]):
            decision = Decision(DeliveryStep.END, error=_NOT_VISIBLE) if delivery.at is None else Decision(DeliveryStep.KEEP)
        if (
            alert is None
            or channel is None
            or workspace is None
            or decision.step in (DeliveryStep.END, DeliveryStep.KEEP, DeliveryStep.WAIT)
        ):
            self._record(delivery, decision, alert, channel, now)
            return
        case = DeliveryCase(delivery=delivery, alert=alert, channel=channel, lead=lead, workspace=workspace)
        {DeliveryStep.EDIT: self._edit, DeliveryStep.DIGEST: self._send_digest}.get(decision.step, self._send)(case)

    def postpone(self, delivery: Delivery) -> None:
        """Schedules a retry after an internal error."""
        now = self._deps.now()
        due = next_try(delivery, now, spread=self._spread())
        state = DeliveryState.DUE if due else DeliveryState.FAILED
        values = {"state": state, "due_at": due or now, "first_try_at": delivery.first_try_at or now, "error": _OWN_ERROR}
        self._results.write([delivery], tried=failed_try(now, _OWN_ERROR, due), **values)

    def _load(self, delivery: Delivery, now: datetime) -> ReceiverLoad:
        if delivery.channel is ChannelName.WEBHOOK or delivery.at is not None:
            return ReceiverLoad()
        queue, receiver = self._deps.store.delivery_queue, receiver_of(delivery)
        is_late = now - delivery.created_at > DIGEST_AGE
        waiting = queue.waiting(receiver, now, most=DIGEST_FROM) if is_late else 0
        return ReceiverLoad(tuple(queue.recent(receiver, now - _RECENT)), waiting)

    def _record(self, delivery: Delivery, decision: Decision, alert: Alert | None, channel: Channel | None, now: datetime) -> None:
        """Records a decision to send nothing now, which is not counted as a try."""
        tries = delivery.attempts - 1
        if decision.step is DeliveryStep.WAIT:
            until = decision.until or now
            self._results.write([delivery], state=DeliveryState.DUE, due_at=until, attempts=tries)
            if decision.holds_receiver and channel is not None:
                self._results.hold(channel, delivery, until)
        elif decision.step is DeliveryStep.KEEP:
            revision = alert.revision if alert else delivery.revision
            settled = max(revision, delivery.wanted)
            self._results.write_delivered([delivery], settled=settled, attempts=tries, revision=revision)
        else:
            self._results.forget(delivery)
            self._results.write([delivery], state=decision.state, attempts=tries, error=decision.error)

    def _send(self, case: DeliveryCase) -> None:
        delivery, started = case.delivery, self._deps.now()
        corrections = self._corrections(case, started)
        notice = corrections.added_to(self._notice(case, started))
        try:
            reference = CHANNELS[delivery.channel].send(notice, case.channel.config, self._context(case))
        except DeliveryError as error:
            self._results.failed([delivery], case, error, started)
            return
        # First the corrections: if the process is killed between the two, the same notice is sent again.
        self._record_corrections(case, corrections)
        self._results.delivered([(delivery, case.alert, reference | tense(case.alert, reference, started))], case, started)
        self._missed.send(case)

    def _send_digest(self, case: DeliveryCase) -> None:
        """Sends everything that waits for the receiver as one notice, without withdrawn alerts."""
        started, store = self._deps.now(), self._deps.store
        waiting = store.delivery_queue.claim_waiting(receiver_of(case.delivery), started, most=_MOST_IN_DIGEST)
        alerts = store.of(case.delivery.workspace).alerts.by_ids(row.alert for row in waiting)
        hidden = self._hidden(case.workspace, case.delivery, list(alerts.values()))
        alerts[case.alert.id] = case.alert
        rows = [
            row
            for row in (case.delivery, *waiting)
            if row.alert in alerts.keys() - hidden
            and alerts[row.alert].state is AlertState.STANDING
            and not routing.is_settled(row, alerts[row.alert])
        ]
        self._leave_out([row for row in waiting if row not in rows], alerts, started)
        if len(rows) == 1:
            self._send(case)
            return
        corrections = self._corrections(case, started)
        notice = corrections.added_to(
            compose_digest(
                [alerts[row.alert] for row in rows], key=[row.id for row in rows], at=started, public_url=self._deps.settings.public_url
            )
        )
        try:
            CHANNELS[case.delivery.channel].send(notice, case.channel.config, self._context(case))
        except DeliveryError as error:
            self._results.failed(rows, case, error, started)
            return
        self._record_corrections(case, corrections)
        head = {"digest": notice.id, "count": str(len(rows))}
        done = [(row, alerts[row.alert], {"carried_by": notice.id} if place else head) for place, row in enumerate(rows)]
        self._results.delivered(done, case, started)
        self._missed.send(case)

    def _hidden(self, workspace: Workspace, delivery: Delivery, alerts: Sequence[Alert]) -> set[str]:
        """The ids of the alerts that the rep may no longer read, because a lead was assigned to a colleague."""
        if delivery.rep is None or is_open(workspace):
            return set()
        store = self._deps.store.of(workspace.id)
        rep = store.reps.find(delivery.rep)
        if rep is None or scope(viewer := Viewer(workspace, rep)) is None:
            return set()
        leads = store.leads.by_ids({lead for alert in alerts for lead in alert.leads})
        return {alert.id for alert in alerts if not may_see_alert(viewer, alert, leads)}

    def _leave_out(self, rows: Sequence[Delivery], alerts: Mapping[str, Alert], now: datetime) -> None:
        for row in rows:
            if row.alert not in alerts and routing.is_early(row, now):
                self._results.write([row], state=DeliveryState.DUE, due_at=now + routing.ALERT_PAUSE, attempts=row.attempts - 1)
            else:
                found = alerts.get(row.alert)
                reason = routing.TAKEN if found and routing.is_settled(row, found) else "the alert no longer stands"
                self._results.write([row], state=DeliveryState.CANCELLED, error=reason)

    def _edit(self, case: DeliveryCase) -> None:
        delivery, now = case.delivery, self._deps.now()
        notice = self._edited(case, now)
        change = CHANNELS[delivery.channel].edit
        try:
            reference = change(notice, delivery.reference, case.channel.config, self._context(case)) if change else delivery.reference
        except DeliveryError as error:
            self._edit_failed(case, error)
            return
        values = {
            "reference": reference | tense(case.alert, reference, now),
            "revision": case.alert.revision,
            "attempts": delivery.attempts - 1,
            "error": None,
        }
        if delivery.at is None:
            values["at"] = now
        tried = DeliveryTry(at=now, result=DeliveryResult.EDITED)
        self._results.write_delivered([delivery], settled=case.alert.revision, tried=tried, **values)

    def _edit_failed(self, case: DeliveryCase, error: DeliveryError) -> None:
        """Schedules a retry. The rep has received the alert: an outdated one is not reported as a failure."""
        delivery, revision = case.delivery, case.alert.revision
        begun = msgspec.structs.replace(delivery, first_try_at=delivery.wanted_at or delivery.first_try_at)
        now = self._deps.now()
        due = next_try(begun, now, spread=self._spread(), retry_after=error.retry_after)
        is_text_only = case.alert.state is AlertState.STANDING and delivery.channel in EDITABLE
        if error.permanent or due is None or (is_text_only and delivery.attempts > EDIT_TRIES):
            tried = failed_try(now, error, None)
            self._results.write_delivered([delivery], settled=revision, revision=revision, error=str(error), tried=tried)
            return
        self._results.write([delivery], state=DeliveryState.DUE, due_at=due, error=str(error), tried=failed_try(now, error, due))
        if error.retry_after is not None:
            self._results.hold(case.channel, delivery, due)

    def _notice(self, case: DeliveryCase, now: datetime) -> Notice:
        url, lines, name = self._deps.settings.public_url, brief_lines(self._deps, case), taken_by(self._deps, case)
        return compose(case.alert, case.lead, delivery=case.delivery.id, public_url=url, now=now, brief=lines, taken_by=name)

    def _corrections(self, case: DeliveryCase, now: datetime) -> Corrections:
        """The withdrawn alerts of earlier notices to the receiver, for its next one."""
        if case.alert.rule in (AlertRule.TEST, AlertRule.ALARM):
            return Corrections()
        store = self._deps.store.of(case.workspace.id)
        found = with_retries(lambda: pending_corrections(store, case.delivery, now))
        return found.without(self._hidden(case.workspace, case.delivery, found.alerts))

    def _edited(self, case: DeliveryCase, now: datetime) -> Notice:
        """The notice as it is now, with the corrections that it had."""
        store = self._deps.store.of(case.workspace.id)
        told = with_retries(lambda: repeated_corrections(store, case.delivery, now))
        notice = told.without(self._hidden(case.workspace, case.delivery, told.alerts)).added_to(self._notice(case, now))
        # A webhook receives a second message: with an id of its own, the same at each try.
        return dataclasses.replace(notice, id=id_of(case.delivery.id, str(case.delivery.wanted)))

    def _record_corrections(self, case: DeliveryCase, corrections: Corrections) -> None:
        if corrections.deliveries:
            store = self._deps.store.of(case.workspace.id)
            with_retries(lambda: store.deliveries.corrected(corrections.deliveries, corrections.revisions, case.delivery.id))

    def _context(self, case: DeliveryCase) -> Context:
        rep = case.channel.rep or ""
        return Context(
            self._outbound, self._deps.settings, case.workspace, self._deps.now(), partial(forget, self._deps, case.workspace.id, rep)
        )
