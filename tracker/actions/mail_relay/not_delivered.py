"""Tells a rep that a mail of the rep's own email client did not arrive: an alert, as for any other event."""

from tracker.actions.alerting.receivers import receivers_of
from tracker.actions.deps import Deps
from tracker.actions.hooks.outbox import put_alerts
from tracker.base.ids import id_of
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.rules.alerting.routes import deliveries_for
from tracker.rules.alerting.shorten import shorten

_LONGEST_TITLE = 45


def tell_not_delivered(
    deps: Deps, workspace: str, *, rep: str, recipient: str, subject: str, reason: str, cause: str, lead: str = ""
) -> None:
    """Makes the alert once for each `cause`: the id of the message or copy. `lead` is empty where the recipient is none."""
    here, now = deps.store.of(workspace), deps.now()
    alert = Alert(
        id=id_of(workspace, AlertRule.NOT_DELIVERED.value, cause),
        workspace=workspace,
        lead=lead,
        rep=rep,
        rule=AlertRule.NOT_DELIVERED,
        cause=cause,
        episode=cause,
        at=now,
        priority=Priority.LOUD,
        title=shorten(f"Not delivered: {recipient}", _LONGEST_TITLE),
        text=f"Your email to {recipient} was not delivered: {reason}. Subject: {subject or 'none'}",
        times=Times(event=now, verdict=now, decided=now),
    )
    if here.alerts.by_ids([alert.id]):
        return
    here.deliveries.open_once(deliveries_for(alert, receivers_of(deps, deps.store.workspaces.get(workspace)), now))
    put_alerts(deps, workspace, [alert])
    here.alerts.save([alert])
    deps.wake.notify()
