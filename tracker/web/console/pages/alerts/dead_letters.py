"""Settings, Advanced, Alert delivery: how long alerts take, and those that never arrived. For admins."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.alerting import latency
from tracker.actions.ops import audit
from tracker.actions.reports.weekly.weekly_mail import send_mail_again
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.ops.audit import AuditAction
from tracker.rules.alerting.latency import STEPS
from tracker.web.console.auth import actor, admin, current_user, deps, workspace_store
from tracker.web.console.pages.alerts.delivery_log import CHANNELS

blueprint = Blueprint("dead_letters", __name__, url_prefix="/settings/deliveries")

_DAYS = 7
_MOST_MAILS = 50
_MS_PER_SECOND, _SECONDS_PER_MINUTE = 1000, 120
_STEP_NAMES = dict(
    zip(STEPS, ("Event to verdict", "Verdict to alert", "Alert to first try", "First try to receiver", "In all"), strict=True)
)


@blueprint.get("")
@admin
def page() -> str:
    """The page."""
    user, store = current_user(), workspace_store()
    steps, is_complete = latency.latencies(deps(), user.workspace.id, days=_DAYS)
    dead = store.deliveries.dead(cursor=request.args.get("cursor"), limit=50)
    context: dict[str, Any] = {
        "channels": {
            CHANNELS[ChannelName(name)]: [one for one in steps if one.channel == name]
            for name in dict.fromkeys(one.channel for one in steps)
        },
        "step_names": _STEP_NAMES,
        "duration": duration,
        "is_complete": is_complete,
        "dead": dead,
        "names": CHANNELS,
        "alerts": store.alerts.by_ids({one.alert for one in dead.items}),
        "mails": store.weekly_mails.failed(limit=_MOST_MAILS),
        "reps": {rep.id: rep for rep in store.reps.all()},
    }
    return render_template("settings/deliveries.html", section="settings", tab="advanced", days=_DAYS, now=deps().now(), **context)


@blueprint.post("/<delivery>/replay")
@admin
def replay(delivery: str) -> Response:
    """Sends a delivery, or a weekly email, that was given up again."""
    if workspace_store().weekly_mails.find(delivery) is not None:
        rep = send_mail_again(deps(), current_user().workspace.id, delivery)
        audit.record(deps(), rep.workspace, AuditAction.DELIVERY_REPLAYED, actor(), ChannelName.EMAIL.value, weekly_mail=rep.name)
        flash("Sending again, within a minute.")
        return redirect("/settings/deliveries#weekly", 303)
    sent = latency.replay(deps(), current_user().workspace.id, delivery)
    audit.record(deps(), sent.workspace, AuditAction.DELIVERY_REPLAYED, actor(), sent.channel.value, lead_id=sent.lead)
    flash("Sending again.")
    return redirect("/settings/deliveries", 303)


def duration(milliseconds: int) -> str:
    """`80 ms`, `1.4 s` or `12 min`."""
    if milliseconds < _MS_PER_SECOND:
        return f"{milliseconds} ms"
    seconds = milliseconds / _MS_PER_SECOND
    return f"{seconds:.1f} s" if seconds < _SECONDS_PER_MINUTE else f"{seconds / 60:,.0f} min"
