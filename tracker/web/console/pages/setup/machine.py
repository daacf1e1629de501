"""The set-up steps about this machine: the tracking address, and the recovery key of its backups. Sets nothing of the instance."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.ops import nightly_backup
from tracker.actions.team.sign_in_limits import WINDOW
from tracker.actions.workspace.edge_address import edge_problem, resolver_for
from tracker.base.encryption import recovery_key
from tracker.base.errors import Forbidden, LeadlightError
from tracker.base.network.own_addresses import public_addresses
from tracker.domain.ops.audit import AuditAction
from tracker.rules.ops import publishing
from tracker.web.console.audit_log import note
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.pages.account.confirmation import confirmed
from tracker.web.console.pages.setup.steps import BackupView

blueprint = Blueprint("setup_machine", __name__)

_MOST_CHECKS = 30
"""Checks of addresses of a workspace per 15 minutes."""


@blueprint.post("/setup/edge")
@admin
def edge() -> Response:
    """Checks that leads can reach the edge: at EDGE_URL, or at the name that is proposed for `domain`."""
    own = current_user().workspace
    if deps().store.rate_limits.count(f"edge:{own.id}", deps().now(), WINDOW) > _MOST_CHECKS:
        flash("The address was checked too often. Wait 15 minutes.", "error")
        return redirect("/setup#edge", 303)
    if domain := publishing.domain_of(request.form.get("domain", "")):
        url = f"https://{publishing.publishing(domain, (), port=0, edge_port=0).edge}"
        if problem := edge_problem(url, resolver_for(url)):
            flash(problem, "error")
        else:
            flash(f"{url} reaches Leadlight. Enter the settings below in leadlight.toml and restart Leadlight.")
        return redirect(f"/setup?domain={domain}#edge", 303)
    url = deps().settings.edge_url
    problem = edge_problem(url, resolver_for(url))
    deps().store.workspaces.change(own.id, edge_checked_at=None if problem else deps().now(), edge_checked_url="" if problem else url)
    if problem:
        flash(problem, "error")
    return redirect("/setup#edge", 303)


@blueprint.post("/setup/recovery-key")
@admin
@confirmed
def show_recovery_key() -> str:
    """Shows the recovery key, once. For admins of the oldest workspace, whose backups are those of the whole machine."""
    if not is_operators_workspace():
        raise Forbidden("Only admins of the first company on this server can see the recovery key.")
    shown = recovery_key.show_once(deps().settings.recovery_key_file)
    if shown:
        note(AuditAction.EXPORTED, "recovery key of backups")
    return render_template("setup/recovery_key.html", section="settings", key=shown)


def is_operators_workspace() -> bool:
    """Whether the rep's workspace is the oldest one, whose admins hear of problems of the machine."""
    first = deps().store.workspaces.first()
    return first is not None and first.id == current_user().workspace.id


def address_content() -> dict[str, object]:
    """The template variables of the step *Tracking address*."""
    settings = deps().settings
    domain = publishing.domain_of(request.args.get("domain", "")) or publishing.suggested_domain(current_user().workspace)
    found = publishing.publishing(domain, public_addresses(), port=settings.port, edge_port=settings.edge_port)
    return {"publishing": found, "has_domain": domain != publishing.EXAMPLE, "edge_port": settings.edge_port}


def backup_view() -> BackupView | None:
    """What the step *Backup* shows; None for reps who do not see it."""
    if not (current_user().is_admin and is_operators_workspace()):
        return None
    settings = deps().settings
    state = nightly_backup.state_of(settings)
    try:
        key = recovery_key.read(settings.recovery_key_file)
    except LeadlightError as error:
        return BackupView(at=settings.backup_at, error=str(error), folder=str(settings.backup_dir))
    return BackupView(
        at=settings.backup_at,
        made_at=state.made_at,
        error=state.error,
        folder=str(settings.backup_dir),
        is_beside_data=nightly_backup.is_beside_data(settings),
        has_key=key is not None,
        is_key_unseen=key is not None and bool(key.unseen),
    )
