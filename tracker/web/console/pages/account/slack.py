"""The Slack app of the workspace: its secrets and channels for admins, and the link of a rep with their person in Slack."""

import json
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.slack import app as slack
from tracker.base.errors import DeliveryError, Invalid, NotFound
from tracker.domain.alerting.alert import AlertRule
from tracker.web.api.paths import SLACK
from tracker.web.console.audit_log import note_channel, note_settings
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("slack_app", __name__, url_prefix="/settings/slack")

_SCOPES = ["app_mentions:read", "chat:write", "commands", "im:history", "users:read", "users:read.email"]
_RULES = tuple(rule.value for rule in AlertRule if rule not in (AlertRule.TEST, AlertRule.ALARM))


@blueprint.get("")
@admin
def page() -> str:
    """The steps, and the form."""
    workspace = current_user().workspace
    return render_template(
        "settings/slack.html",
        section="settings",
        tab="alerts",
        app=workspace.slack_app,
        manifest=json.dumps(manifest(deps().settings.public_url, workspace.id), indent=2),
        rules=_RULES,
        is_https=deps().settings.public_url.startswith("https://"),
    )


@blueprint.post("")
@admin
@confirmed
def save() -> Response:
    """Sets the app; empty secrets stay as they are."""
    form = request.form
    rules = {rule: form.get(f"rule-{rule}", "") for rule in _RULES}
    try:
        changed = slack.set_app(
            deps(),
            current_user().workspace.id,
            bot_token=form.get("bot_token", "").strip(),
            signing_secret=form.get("signing_secret", "").strip(),
            channel=form.get("channel", ""),
            rules=rules,
        )
    except (Invalid, DeliveryError) as error:
        field = f"The {error.field.replace('_', ' ')} " if isinstance(error, Invalid) else ""
        flash(f"{field}{error}.", "error")
        return redirect("/settings/slack", 303)
    note_settings(changed, "Slack app")
    flash(f"Saved. The app writes to {changed.slack_app.team_name if changed.slack_app else 'Slack'}.")
    return redirect("/settings/slack", 303)


@blueprint.post("/remove")
@admin
@confirmed
def remove() -> Response:
    """Removes the app and the channels that it served."""
    note_settings(slack.remove_app(deps(), current_user().workspace.id), "Slack app")
    flash("Removed. The app writes nothing any more.")
    return redirect("/settings/slack", 303)


@blueprint.post("/connect")
def connect() -> Response:
    """Sends the rep's alerts to the person in Slack with the rep's address."""
    rep = current_user().rep
    try:
        channel = slack.link_rep(deps(), current_user().workspace.id, rep)
    except (Invalid, DeliveryError, NotFound) as error:
        text = f"The {error.field} {error}" if isinstance(error, Invalid) else str(error)
        flash(f"{text[:1].upper()}{text[1:]}.", "error")
    else:
        note_channel(rep.id, channel)
        flash("Connected. Send a test to check it.")
    return redirect("/settings/alerts#slack-app", 303)


def manifest(public_url: str, workspace: str) -> dict[str, Any]:
    """What Slack needs to make the app: *Create New App, From a manifest*."""
    base = f"{public_url}{SLACK}/{workspace}"
    command = {"command": "/leadlight", "url": f"{base}/command", "description": "Who is on your site?", "usage_hint": "who is on?"}
    return {
        "display_information": {"name": "Leadlight"},
        "features": {
            "bot_user": {"display_name": "Leadlight", "always_online": True},
            "app_home": {"messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": _SCOPES}},
        "settings": {
            "event_subscriptions": {"request_url": f"{base}/events", "bot_events": ["app_mention", "message.im"]},
            "interactivity": {"is_enabled": True, "request_url": f"{base}/buttons"},
        },
    }
