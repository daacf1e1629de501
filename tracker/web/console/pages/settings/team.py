"""Settings of the team and its invitations, and API keys. For admins."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.ops import audit
from tracker.actions.team import api_keys as keys
from tracker.actions.team import reps, sign_in_links
from tracker.base.errors import Forbidden, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Rep, Role
from tracker.web.console.auth import actor, admin, current_user, deps, workspace_store
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("people", __name__, url_prefix="/settings")


@blueprint.get("/team")
@admin
def team() -> str:
    """The reps of the workspace."""
    return render_template("settings/team.html", section="settings", tab="team", reps=workspace_store().reps.all(), link="", invited=None)


@blueprint.post("/team")
@admin
@confirmed
def invite() -> str:
    """Adds a rep, and shows a one-time sign-in link."""
    form = request.form
    role = Role.ADMIN if form.get("role") == "admin" else Role.REP
    rep = reps.add_rep(deps(), current_user().workspace.id, email=form.get("email", ""), name=form.get("name", ""), role=role)
    audit.record(deps(), rep.workspace, AuditAction.REP_ADDED, actor(), rep.name, role=role.value, email=rep.email)
    return _with_link(rep)


@blueprint.post("/team/<rep>/link")
@admin
@confirmed
def link(rep: str) -> str:
    """Creates a new sign-in link for a rep."""
    return _with_link(workspace_store().reps.get(rep))


@blueprint.post("/team/<rep>")
@admin
@confirmed
def change(rep: str) -> Response:
    """Changes role, active state or daily limit."""
    form = request.form
    if rep == current_user().rep.id and form.get("is_active") == "no":
        raise Forbidden("You cannot deactivate yourself. Ask another admin.")
    values: dict[str, Any] = {}
    if form.get("role") in ("admin", "rep"):
        values["role"] = form["role"]
    if form.get("is_active") in ("yes", "no"):
        values["is_active"] = form["is_active"] == "yes"
    if "daily_limit" in form:
        values["daily_limit"] = _limit(form["daily_limit"].strip())
    old = workspace_store().reps.get(rep)
    audit.record_rep(deps(), actor(), old, reps.change_rep(deps(), current_user().workspace.id, rep, **values))
    return _saved("team")


def _limit(text: str) -> int | None:
    """Emails a day; empty: the workspace's limit. Raises Invalid."""
    try:
        return int(text) if text else None
    except ValueError:
        raise Invalid("daily_limit", "must be a whole number, or empty for the workspace's limit") from None


@blueprint.get("/keys")
@admin
def api_keys() -> str:
    """The API keys."""
    return _keys_page("")


@blueprint.post("/keys")
@admin
@confirmed
def new_key() -> str:
    """Creates a key and shows it once."""
    made, text = keys.new_key(deps(), current_user().workspace.id, name=request.form.get("name", ""))
    audit.record(deps(), current_user().workspace.id, AuditAction.KEY_CREATED, actor(), made.name, hint=made.hint, rights="admin")
    return _keys_page(text)


@blueprint.post("/keys/<key>/remove")
@admin
@confirmed
def remove_key(key: str) -> Response:
    """Deletes a key."""
    found = next((one for one in deps().store.keys.of_workspace(current_user().workspace.id) if one.id == key), None)
    keys.remove_key(deps(), current_user().workspace.id, key)
    audit.record(
        deps(), current_user().workspace.id, AuditAction.KEY_REMOVED, actor(), found.name if found else "", hint=found.hint if found else ""
    )
    return _saved("keys", "Deleted. Programs that use this key no longer have access.")


def _keys_page(shown: str) -> str:
    found = deps().store.keys.of_workspace(current_user().workspace.id)
    return render_template(
        "settings/keys.html", section="settings", tab="keys", keys=found, shown=shown, public_url=deps().settings.public_url
    )


def _with_link(rep: Rep) -> str:
    made = sign_in_links.shown(deps(), rep)
    audit.record(deps(), rep.workspace, AuditAction.LINK_CREATED, actor(), rep.name)
    return render_template("settings/team.html", section="settings", tab="team", reps=workspace_store().reps.all(), link=made, invited=rep)


def _saved(tab: str, message: str = "Saved.") -> Response:
    flash(message)
    return redirect(f"/settings/{tab}", 303)
