"""Alert channels: Slack, email, webhook and console, of the rep and of the team for leads without an owner."""

from dataclasses import dataclass

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.alerting import channels, push_devices
from tracker.base.errors import Forbidden
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.web.console.audit_log import note_channel, note_channel_removed
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.account.confirmation import confirmed
from tracker.web.console.pages.settings.alerting.times import times_content
from tracker.web.console.text.filters import clock

blueprint = Blueprint("settings_alerts", __name__, url_prefix="/settings/alerts")

_FIELDS = {
    "slack": ("webhook_url", "bot_token", "channel"),
    "email": ("address",),
    "webhook": ("url", "secret"),
}
_RECENT = 40


@blueprint.get("")
def page() -> str:
    """The rep's channels, and, for admins, the team's."""
    found = current_user()
    own = _by_name(workspace_store().channels.of_rep(found.rep.id))
    team = _by_name(workspace_store().channels.of_rep(None)) if found.is_admin else {}
    pages = workspace_store().watched_pages.active(found.rep.id, None)
    return render_template(
        "settings/alerts.html",
        section="settings",
        tab="alerts",
        page="alerts",
        times=times_content(found.workspace.alert_preferences, found.workspace),
        own=own,
        team=team,
        statuses=_statuses(),
        push_key=push_devices.public_key(deps()),
        devices=push_devices.devices(deps(), found.workspace.id, found.rep.id),
        own_pages=[page for page in pages if page.rep],
        team_pages=[page for page in pages if page.rep is None],
    )


@blueprint.get("/states")
def states() -> Response:
    """The status of each channel, for js/pages/alert_settings.js."""
    return jsonify({key: {"text": status.text, "tone": status.tone} for key, status in _statuses().items()})


@blueprint.post("/<scope>/<name>")
@confirmed
def save(scope: str, name: str) -> Response:
    """Sets a channel; it is enabled again."""
    given = {field: request.form.get(field, "").strip() for field in _FIELDS.get(name, ())}
    rep = _rep_of(scope)
    kept = channels.set_channel(deps(), current_user().workspace.id, rep, name, {field: value for field, value in given.items() if value})
    note_channel(rep, kept)
    flash("Saved. Send a test to check it.")
    return _back(scope)


@blueprint.post("/<scope>/<name>/test")
def test(scope: str, name: str) -> Response:
    """Sends a test alert to this channel."""
    channels.test_channel(deps(), current_user().workspace.id, _rep_of(scope), name)
    if name != ChannelName.CONSOLE:
        flash("Test sent. This page shows when it arrives.")
    return _back(scope)


@blueprint.post("/<scope>/<name>/remove")
@confirmed
def remove(scope: str, name: str) -> Response:
    """Removes the channel."""
    rep = _rep_of(scope)
    channels.remove_channel(deps(), current_user().workspace.id, rep, name)
    note_channel_removed(rep, name)
    flash("Removed. No alerts are sent there any more.")
    return _back(scope)


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """A channel's status text and its tone (accent, warn, danger or none)."""

    text: str
    tone: str = ""


def status_of(channel: Channel, test: Delivery | None, checked: str) -> ChannelStatus:
    """From the channel and the delivery of its last test; `checked` is the time of the last success."""
    if channel.disabled_reason:
        return ChannelStatus(f"Stopped: {channel.disabled_reason}", "danger")
    if test and test.state in (DeliveryState.DUE, DeliveryState.SENDING):
        return ChannelStatus(f"Not delivered yet: {test.error}. Retrying." if test.error else "Sending test…", "warn")
    if test and test.state is DeliveryState.FAILED:
        return ChannelStatus(f"The test failed: {test.error or 'no response'}", "danger")
    if channel.failing_since and channel.failing_reason:
        return ChannelStatus(f"Fails: {channel.failing_reason}. Retrying.", "warn")
    return ChannelStatus(f"Works, checked {checked}", "accent") if channel.checked_at else ChannelStatus("Not tested yet", "warn")


def _statuses() -> dict[str, ChannelStatus]:
    found = [
        *workspace_store().channels.of_rep(current_user().rep.id),
        *(workspace_store().channels.of_rep(None) if current_user().is_admin else []),
    ]
    tests = [alert for alert in workspace_store().alerts.latest(limit=_RECENT) if alert.rule is AlertRule.TEST]
    newest_first = [d for deliveries in workspace_store().deliveries.of_alerts(a.id for a in tests).values() for d in deliveries]
    newest_first.sort(key=lambda delivery: delivery.created_at, reverse=True)
    zone = zone_of(current_user().rep.timezone)
    return {
        f"{'me' if channel.rep else 'team'}-{channel.name.value}": status_of(
            channel,
            next((d for d in newest_first if d.channel is channel.name and d.rep == channel.rep), None),
            clock(channel.checked_at, zone) if channel.checked_at else "",
        )
        for channel in found
    }


def _rep_of(scope: str) -> str | None:
    if scope == "me":
        return current_user().rep.id
    if not current_user().is_admin:
        raise Forbidden("Only admins can change the team's channels.")
    return None


def _by_name(found: list[Channel]) -> dict[str, Channel]:
    return {channel.name.value: channel for channel in found}


def _back(scope: str) -> Response:
    return redirect(f"/settings/alerts#{'team' if scope == 'team' else 'me'}", 303)
