"""Where a rep hears of leads: Slack, e-mail, webhook, this browser; and the team's channel for leads that nobody owns."""

from dataclasses import dataclass

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.alerting import channels
from tracker.base.errors import Forbidden
from tracker.base.time_zones import zone_of
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.web.console.audit_log import note_channel, note_channel_removed
from tracker.web.console.auth import deps, here, seat
from tracker.web.console.pages.account.confirmation import confirmed
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
    found = seat()
    own = _by_name(here().channels.of_rep(found.rep.id))
    team = _by_name(here().channels.of_rep(None)) if found.is_admin else {}
    return render_template("settings/alerts.html", section="settings", tab="alerts", own=own, team=team, statuses=_statuses())


@blueprint.get("/states")
def states() -> Response:
    """What each channel's line says now, for js/channels.js."""
    return jsonify({key: {"words": status.words, "tone": status.tone} for key, status in _statuses().items()})


@blueprint.post("/<whose>/<name>")
@confirmed
def save(whose: str, name: str) -> Response:
    """Sets a channel; it is enabled again."""
    given = {field: request.form.get(field, "").strip() for field in _FIELDS.get(name, ())}
    rep = _rep_of(whose)
    kept = channels.set_channel(deps(), seat().workspace.id, rep, name, {field: value for field, value in given.items() if value})
    note_channel(rep, kept)
    flash("Saved. Send yourself a test to see that it arrives.")
    return _back(whose)


@blueprint.post("/<whose>/<name>/test")
def test(whose: str, name: str) -> Response:
    """Rings this channel now, marked Test."""
    channels.test_channel(deps(), seat().workspace.id, _rep_of(whose), name)
    if name != ChannelName.CONSOLE:
        flash("A test is on its way. This page says here when it has arrived.")
    return _back(whose)


@blueprint.post("/<whose>/<name>/remove")
@confirmed
def remove(whose: str, name: str) -> Response:
    """Nothing is sent there any more."""
    rep = _rep_of(whose)
    channels.remove_channel(deps(), seat().workspace.id, rep, name)
    note_channel_removed(rep, name)
    flash("Removed. Nothing is sent there any more.")
    return _back(whose)


@dataclass(frozen=True, slots=True)
class Status:
    """What a channel's line says, and in which tone (accent, warn, danger or none)."""

    words: str
    tone: str = ""


def status_of(channel: Channel, test: Delivery | None, said_at: str) -> Status:
    """From the channel and the delivery of its last test; `said_at` is when it last worked, in the rep's words."""
    if channel.disabled_reason:
        return Status(f"Stopped: {channel.disabled_reason}", "danger")
    if test and test.state in (DeliveryState.DUE, DeliveryState.SENDING):
        return Status(f"Not through yet: {test.error}. Trying again." if test.error else "A test is on its way…", "warn")
    if test and test.state is DeliveryState.FAILED:
        return Status(f"The test did not arrive: {test.error or 'no answer'}", "danger")
    return Status(f"Works, checked {said_at}", "accent") if channel.checked_at else Status("Not tried yet", "warn")


def _statuses() -> dict[str, Status]:
    found = [*here().channels.of_rep(seat().rep.id), *(here().channels.of_rep(None) if seat().is_admin else [])]
    tests = [alert for alert in here().alerts.latest(limit=_RECENT) if alert.rule is AlertRule.TEST]
    newest_first = [d for deliveries in here().deliveries.of_alerts(a.id for a in tests).values() for d in deliveries]
    newest_first.sort(key=lambda delivery: delivery.created_at, reverse=True)
    zone = zone_of(seat().rep.timezone)
    return {
        f"{'me' if channel.rep else 'team'}-{channel.name.value}": status_of(
            channel,
            next((d for d in newest_first if d.channel is channel.name and d.rep == channel.rep), None),
            clock(channel.checked_at, zone) if channel.checked_at else "",
        )
        for channel in found
    }


def _rep_of(whose: str) -> str | None:
    if whose == "me":
        return seat().rep.id
    if not seat().is_admin:
        raise Forbidden("Only admins set the team's channels.")
    return None


def _by_name(found: list[Channel]) -> dict[str, Channel]:
    return {channel.name.value: channel for channel in found}


def _back(whose: str) -> Response:
    return redirect(f"/settings/alerts#{'team' if whose == 'team' else 'me'}", 303)
