"""Missed alerts: what a receiver did not get while it failed, as one notice once it works again. Called by notifier.delivery.

For webhooks and Slack. A webhook gets a message of the type `alerts.missed`; Slack one digest.
"""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from notifier.channels import CHANNELS
from notifier.context import Context
from notifier.notice import MissedAlert, Notice, compose_digest
from notifier.results import DeliveryCase, Results, failed_try
from tracker.actions.deps import Deps
from tracker.base.errors import DeliveryError
from tracker.base.http.outbound import Outbound
from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.links.urls import lead_url
from tracker.rules.alerting.routes import KEPT
from tracker.store.alerting.delivery_queue import receiver_of
from tracker.store.core.retries import with_retries

log = logging.getLogger(__name__)

MISSED_SINCE = timedelta(days=14)
"""Older alerts are history: the console has them."""
MOST_MISSED = 1000
MOST_LISTED = 200
_AGAIN = timedelta(minutes=1)


Hidden = Callable[[Workspace, Delivery, Sequence[Alert]], set[str]]
"""The ids of those alerts that the rep of a delivery may no longer read."""


class MissedAlerts:
    """Sends what a receiver missed. Shared by the threads of a process."""

    def __init__(self, deps: Deps, outbound: Outbound, results: Results, hidden: Hidden) -> None:
        self._deps, self._outbound, self._results, self._hidden = deps, outbound, results, hidden

    def send(self, case: DeliveryCase) -> None:
        """Sends one notice of all that the receiver of a delivery missed, after that delivery worked."""
        channel = case.channel
        if channel.name not in KEPT or not (channel.failing_since or channel.disabled_reason):
            return
        started = self._deps.now()
        rows = with_retries(
            lambda: self._deps.store.delivery_queue.claim_missed(
                receiver_of(case.delivery), started - MISSED_SINCE, started, most=MOST_MISSED
            )
        )
        if rows:
            self._send(case, rows, started)

    def _send(self, case: DeliveryCase, rows: Sequence[Delivery], started: datetime) -> None:
        store = self._deps.store.of(case.workspace.id)
        alerts = with_retries(lambda: store.alerts.by_ids(row.alert for row in rows))
        hidden = with_retries(lambda: self._hidden(case.workspace, case.delivery, list(alerts.values())))
        standing = {key: alert for key, alert in alerts.items() if _is_told(alert) and key not in hidden}
        told = [row for row in rows if row.alert in standing]
        if gone := [row for row in rows if row.alert not in standing]:
            self._results.write(gone, state=DeliveryState.CANCELLED, error="the alert no longer stands")
        if not told:
            return
        leads = with_retries(lambda: store.leads.by_ids(standing[row.alert].lead for row in told))
        notice = self._notice([standing[row.alert] for row in told], leads, started, key=[row.id for row in told])
        context = Context(self._outbound, self._deps.settings, case.workspace, started)
        try:
            CHANNELS[case.channel.name].send(notice, case.channel.config, context)
        except DeliveryError as error:
            self._failed(case, told, error, started)
            return
        done = [(row, standing[row.alert], {"carried_by": notice.id}) for row in told]
        self._results.delivered(done, case, started)

    def _failed(self, case: DeliveryCase, rows: Sequence[Delivery], error: DeliveryError, now: datetime) -> None:
        """One of the alerts is tried alone soon: if it arrives, the list of the others is sent again. A refused list is not."""
        log.warning("missed alerts not delivered", extra={"count": len(rows), "reason": str(error)})
        if error.permanent:
            self._results.write(rows, state=DeliveryState.CANCELLED, error=str(error), tried=failed_try(now, error, None))
            return
        store = self._deps.store.of(case.workspace.id)
        with_retries(lambda: store.channels.failing(case.channel, now, str(error)))
        again, tried = now + _AGAIN, failed_try(now, error, now + _AGAIN)
        self._results.write(rows[1:], state=DeliveryState.FAILED, due_at=now, error=str(error), tried=failed_try(now, error, None))
        self._results.write(rows[:1], state=DeliveryState.DUE, due_at=again, attempts=0, first_try_at=None, error=str(error), tried=tried)

    def _notice(self, alerts: Sequence[Alert], leads: dict[str, Lead], now: datetime, key: Sequence[str]) -> Notice:
        public_url = self._deps.settings.public_url
        digest = compose_digest(alerts, key=key, at=now, public_url=public_url)
        newest = sorted(alerts, key=lambda alert: alert.at)[-MOST_LISTED:]
        missed = [MissedAlert(alert, leads.get(alert.lead), lead_url(public_url, alert.lead)) for alert in newest]
        return dataclasses.replace(
            digest,
            id=id_of("missed", *sorted(key)),
            title=f"Missed: {digest.title}",
            missed=tuple(missed),
            missed_count=len(alerts),
        )


def _is_told(alert: Alert) -> bool:
    return alert.state is AlertState.STANDING and alert.rule is not AlertRule.TEST
