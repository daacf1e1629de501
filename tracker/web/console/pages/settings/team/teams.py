"""Settings of teams and of what each role sees, shown on the page of the team. For admins."""

from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from tracker.actions.workspace import teams, workspaces
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.audit_log import note, note_settings
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("teams", __name__, url_prefix="/settings")


@blueprint.post("/teams")
@admin
@confirmed
def add() -> Response:
    """Adds a team."""
    made = teams.add_team(deps(), current_user().workspace.id, **_given())
    note(AuditAction.TEAM_CHANGED, made.name, members=str(len(made.members)))
    return _saved()


@blueprint.post("/teams/<team>")
@admin
@confirmed
def change(team: str) -> Response:
    """Changes name, members, leader and territory."""
    changed = teams.change_team(deps(), current_user().workspace.id, team, **_given())
    note(AuditAction.TEAM_CHANGED, changed.name, members=str(len(changed.members)))
    return _saved()


@blueprint.post("/teams/<team>/remove")
@admin
@confirmed
def remove(team: str) -> Response:
    """Removes a team; its members stay."""
    removed = teams.remove_team(deps(), current_user().workspace.id, team)
    note(AuditAction.TEAM_CHANGED, removed.name, removed="yes")
    return _saved()


@blueprint.post("/visibility")
@admin
@confirmed
def visibility() -> Response:
    """Saves what reps and managers see."""
    found, form = current_user().workspace, request.form
    policy = msgspec.structs.replace(found.policy, reps_see=form.get("reps_see", ""), managers_see=form.get("managers_see", ""))
    note_settings(workspaces.change_workspace(deps(), found.id, policy=policy), "visibility")
    return _saved()


def _given() -> dict[str, Any]:
    form = request.form
    territory = [part.strip() for part in form.get("territory", "").replace("\n", ",").split(",") if part.strip()]
    return {
        "name": form.get("name", ""),
        "members": form.getlist("member"),
        "leader": form.get("leader") or None,
        "territory": territory,
    }


def _saved() -> Response:
    flash("Saved.")
    return redirect("/settings/team#teams", 303)
