"""The courier: carries one claimed delivery to its end: load, decide, send, write down. Called by notifier.dispatcher, one lane at a time."""

import random
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from notifier import routing
from notifier.channels import CHANNELS
from notifier.context import Context
from notifier.fallback import Teller
from notifier.notice import compose, compose_digest
from notifier.results import Case, Outcomes, insist
from notifier.routing import EDIT_EVERY, EDIT_TRIES, GATHER_AGE, GATHER_FROM, Decision, Load, Step, decide, next_try
from tracker.actions.deps import Deps
from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert, AlertState
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Viewer, is_open, may_see_alert, scope
from tracker.store.alerting.delivery_queue import Lane, lane_of
from tracker.store.core.run_parallel import run_parallel

_MOST_IN_DIGEST = 1000
_RECENT = timedelta(seconds=60)
_NO_LONGER_THEIRS = "the lead is another rep's now"


class Courier:
    """Shared by the threads of a process. `spread` gives the jitter, 0 to 1."""

    def __init__(self, deps: Deps, outbound: Outbound, spread: Callable[[], float] = random.random) -> None:
        self._deps = deps
        self._outbound = outbound
        self._spread = spread
        self._outcomes = Outcomes(deps, Teller(deps, outbound), spread)

    @property
    def failing(self) -> set[Lane]:
        """Lanes whose last try failed: they may cost time again."""
        return self._outcomes.failing

    def carry(self, delivery: Delivery) -> None:
        """Carries it out. Raises PyMongoError where MongoDB is away before anything was sent: the lease brings it back."""
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
            decision = Decision(Step.END, error=_NO_LONGER_THEIRS) if delivery.at is None else Decision(Step.KEEP)
        if alert is None or channel is None or workspace is None or decision.step in (Step.END, Step.KEEP, Step.WAIT):
            self._put_down(delivery, decision, alert, channel, now)
            return
        case = Case(delivery=delivery, alert=alert, channel=channel, lead=lead, workspace=workspace)
        {Step.EDIT: self._edit, Step.GATHER: self._gather}.get(decision.step, self._send)(case)

    def set_aside(self, delivery: Delivery) -> None:
        """A fault of our own: the delivery is tried again later, and others go on."""
        now = self._deps.now()
        due = next_try(delivery, now, spread=self._spread())
        state = DeliveryState.DUE if due else DeliveryState.FAILED
        self._outcomes.write(
            [delivery], state=state, due_at=due or now, first_try_at=delivery.first_try_at or now, error="an error of ours; see the log"
        )

    def _load(self, delivery: Delivery, now: datetime) -> Load:
        if delivery.channel is ChannelName.WEBHOOK or delivery.at is not None:
            return Load()
        lanes, lane = self._deps.store.lanes, lane_of(delivery)
        late = now - delivery.created_at > GATHER_AGE
        return Load(tuple(lanes.recent(lane, now - _RECENT)), lanes.waiting(lane, now, most=GATHER_FROM) if late else 0)

    def _put_down(self, delivery: Delivery, decision: Decision, alert: Alert | None, channel: Channel | None, now: datetime) -> None:
        """Nothing is sent now, so this was no try."""
        tries = delivery.attempts - 1
        if decision.step is Step.WAIT:
            until = decision.until or now
            self._outcomes.write([delivery], state=DeliveryState.DUE, due_at=until, attempts=tries)
            if decision.holds_lane and channel is not None:
                self._outcomes.hold(channel, delivery, until)
        elif decision.step is Step.KEEP:
            revision = alert.revision if alert else delivery.revision
            self._outcomes.write([delivery], state=DeliveryState.DELIVERED, attempts=tries, revision=revision)
        else:
            self._outcomes.forget(delivery)
            self._outcomes.write([delivery], state=decision.state, attempts=tries, error=decision.error)

    def _send(self, case: Case) -> None:
        delivery, started = case.delivery, self._deps.now()
        notice = compose(case.alert, case.lead, delivery=delivery.id, public_url=self._deps.settings.public_url)
        try:
            reference = CHANNELS[delivery.channel].send(notice, case.channel.config, self._context(case))
        except DeliveryError as error:
            self._outcomes.failed([delivery], case, error, started)
            return
        self._outcomes.delivered([(delivery, case.alert, reference)], case, started)
        if "ts" in reference:
            self._catch_up(case)

    def _gather(self, case: Case) -> None:
        """Everything that waits in the lane goes as one notice; what no longer stands goes nowhere."""
        started, store = self._deps.now(), self._deps.store
        waiting = store.lanes.claim_waiting(lane_of(case.delivery), started, most=_MOST_IN_DIGEST)
        alerts = store.of(case.delivery.workspace).alerts.by_ids(row.alert for row in waiting)
        hidden = self._hidden(case.workspace, case.delivery, list(alerts.values()))
        alerts[case.alert.id] = case.alert
        rows = [
            row
            for row in (case.delivery, *waiting)
            if row.alert in alerts.keys() - hidden and alerts[row.alert].state is AlertState.STANDING
        ]
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
            self._outcomes.failed(rows, case, error, started)
            return
        head = {"digest": notice.id, "count": str(len(rows))}
        done = [(row, alerts[row.alert], {"carried_by": notice.id} if place else head) for place, row in enumerate(rows)]
        self._outcomes.delivered(done, case, started)

    def _hidden(self, workspace: Workspace, delivery: Delivery, alerts: Sequence[Alert]) -> set[str]:
        """Those of the alerts that the delivery's rep may no longer read, since the lead went to a colleague."""
        if delivery.rep is None or is_open(workspace):
            return set()
        store = self._deps.store.of(workspace.id)
        rep = store.reps.find(delivery.rep)
        if rep is None or scope(viewer := Viewer(workspace, rep)) is None:
            return set()
        leads = store.leads.by_ids(alert.lead for alert in alerts if alert.lead)
        return {alert.id for alert in alerts if not may_see_alert(viewer, alert, leads.get(alert.lead))}

    def _leave_out(self, rows: Sequence[Delivery], alerts: Collection[str], now: datetime) -> None:
        for row in rows:
            if row.alert not in alerts and routing.is_early(row, now):
                self._outcomes.write([row], state=DeliveryState.DUE, due_at=now + routing.ALERT_PAUSE, attempts=row.attempts - 1)
            else:
                self._outcomes.write([row], state=DeliveryState.CANCELLED, error="the alert no longer stands")

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
                self._outcomes.write([delivery], state=DeliveryState.DELIVERED, revision=case.alert.revision, error=str(error))
                return
            self._outcomes.write([delivery], state=DeliveryState.DUE, due_at=due, error=str(error))
            if error.retry_after is not None:
                self._outcomes.hold(case.channel, delivery, due)
            return
        values = {"reference": reference, "revision": case.alert.revision, "attempts": delivery.attempts - 1, "error": None}
        self._outcomes.write([delivery], state=DeliveryState.DELIVERED, **values)
        self._catch_up(case)

    def _catch_up(self, case: Case) -> None:
        """The alert's words may have changed while its message was under way; then nobody else makes it due again."""
        store = self._deps.store.of(case.delivery.workspace)
        latest = insist(lambda: store.alerts.find(case.alert.id))
        if latest is not None and latest.revision > case.alert.revision:
            due = self._deps.now() + EDIT_EVERY
            insist(lambda: store.deliveries.edit_due([latest.id], due, [case.delivery.channel.value]))

    def _context(self, case: Case) -> Context:
        return Context(self._outbound, self._deps.settings, case.workspace, self._deps.now())
