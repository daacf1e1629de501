"""Settings of API keys. For admins."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.ops import audit
from tracker.actions.team import api_keys as keys
from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.api_key import KeyScope
from tracker.web.console.auth import actor, admin, current_user, deps, workspace_store
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("keys", __name__, url_prefix="/settings")

SCOPES = (
    (KeyScope.READ, "Read", "Reads everything that its rep may see, or all leads."),
    (KeyScope.WRITE, "Write", "Also adds and changes leads, sends email, logs calls."),
    (KeyScope.ADMIN, "Admin", "Also changes settings, reps and sites."),
)
"""Value, label and meaning of each scope."""


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
    form, user = request.form, current_user()
    days = form.get("days", "").strip()
    if days and not days.isdecimal():
        raise Invalid("days", "must be a whole number, or empty")
    made, text = keys.new_key(
        deps(),
        user.workspace.id,
        name=form.get("name", ""),
        rep=form.get("rep") or None,
        scope=form.get("scope") or KeyScope.WRITE,
        days=int(days) if days else None,
        made_by=user.rep.name,
    )
    owner = workspace_store().reps.get(made.rep).name if made.rep else ""
    audit.record(
        deps(), user.workspace.id, AuditAction.KEY_CREATED, actor(), made.name, hint=made.hint, rights=f"{made.scope.value} {owner}".strip()
    )
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
    flash("Deleted. Programs that use this key no longer have access.")
    return redirect("/settings/keys", 303)


def _keys_page(shown: str) -> str:
    found, reps = deps().store.keys.of_workspace(current_user().workspace.id), workspace_store().reps.all()
    return render_template(
        "settings/keys.html",
        section="settings",
        tab="keys",
        keys=found,
        reps={rep.id: rep for rep in reps},
        scopes=SCOPES,
        shown=shown,
        now=deps().now(),
        public_url=deps().settings.public_url,
    )
