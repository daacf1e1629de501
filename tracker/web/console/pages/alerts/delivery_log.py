"""The delivery log of an alert: every channel with its tries, and the button that sends a failed one again."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from tracker.actions.alerting import alerts
from tracker.base.errors import NotFound
from tracker.domain.alerting.alert import Alert
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryResult, DeliveryState
from tracker.rules.visibility import may_handle_alert
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.alerts.access import own_alert, visible_alert

blueprint = Blueprint("delivery_log", __name__)

CHANNELS = {
    ChannelName.SLACK: "Slack",
    ChannelName.EMAIL: "Email",
    ChannelName.WEBHOOK: "Webhook",
    ChannelName.PUSH: "Push",
    ChannelName.CONSOLE: "Console",
}
_STATES = {
    DeliveryState.DUE: "Waiting",
    DeliveryState.SENDING: "Sending now",
    DeliveryState.DELIVERED: "Delivered",
    DeliveryState.FAILED: "Not delivered",
    DeliveryState.CANCELLED: "Not sent",
}
_RESULTS = {
    DeliveryResult.DELIVERED: "Delivered",
    DeliveryResult.EDITED: "Updated",
    DeliveryResult.FAILED: "Failed",
    DeliveryResult.GIVEN_UP: "Failed, given up",
    DeliveryResult.SENT_AGAIN: "Send again",
}


@blueprint.get("/alerts/<alert>/deliveries")
def log(alert: str) -> str:
    """The log, as a dialog or as a page."""
    return _rendered(visible_alert(alert))


@blueprint.post("/alerts/<alert>/deliveries/<delivery>/retry")
def retry(alert: str, delivery: str) -> str | Response:
    """Sends a failed delivery again, and shows the log."""
    found = own_alert(alert)
    chosen = next((one for one in workspace_store().deliveries.of_alerts([found.id])[found.id] if one.id == delivery), None)
    if chosen is None:
        raise NotFound("no such delivery")
    alerts.send_again(deps(), current_user().workspace.id, found, chosen)
    if wants_json():
        return _rendered(found)
    flash("Sending again.", "ok")
    return redirect(url_for("delivery_log.log", alert=found.id), 303)


def _rendered(alert: Alert) -> str:
    deliveries = workspace_store().deliveries.of_alerts([alert.id])[alert.id]
    return render_template(
        "alerts/log.html" if wants_json() else "alerts/log_page.html",
        section="alerts",
        alert=alert,
        title=alert.title_at(deps().now()),
        deliveries=sorted(deliveries, key=lambda one: one.created_at),
        reps={rep.id: rep for rep in workspace_store().reps.all()},
        channels=CHANNELS,
        states=_STATES,
        results=_RESULTS,
        may_retry=may_handle_alert(current_user().viewer, alert) and alert.is_certain,
    )
