"""The Advanced page of the settings, for admins: what was learned of recipients' domains, and whether verdicts use it."""

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.workspace import workspaces
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.text.scan_text import learned_domain

blueprint = Blueprint("settings_advanced", __name__, url_prefix="/settings/advanced")

_MOST_ROWS = 500


@blueprint.get("")
@admin
def page() -> str:
    """The learned domains in alphabetical order."""
    profiles = workspace_store().scan_profiles.latest(_MOST_ROWS)
    known = deps().store.mail_domains.by_names(profiles)
    services = {name: domain.service for name, domain in known.items()}
    rows = [learned_domain(name, profile, services.get(name)) for name, profile in profiles.items()]
    return render_template("settings/advanced.html", section="settings", tab="advanced", rows=rows)


@blueprint.post("")
@admin
def save() -> Response:
    """Switches the use of what was learned on or off. Verdicts change as their messages are looked at again."""
    workspace = current_user().workspace
    policy = msgspec.structs.replace(workspace.policy, learn_domains=request.form.get("learn_domains") == "yes")
    note_settings(workspaces.change_workspace(deps(), workspace.id, policy=policy), "workspace settings")
    flash("Saved.")
    return redirect("/settings/advanced", 303)
