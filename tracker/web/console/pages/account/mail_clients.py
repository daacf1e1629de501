"""The rep's own email clients: how to set one up, app passwords, and whether unknown recipients become leads."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.mail.sending import is_reachable
from tracker.actions.mail_relay.app_passwords import new_app_password, remove_app_password
from tracker.actions.mail_relay.server_address import is_public, relay_address
from tracker.actions.ops import audit
from tracker.actions.team import reps
from tracker.domain.ops.audit import AuditAction
from tracker.mail.splice.headers import MARK
from tracker.web.console.auth import actor, current_user, deps
from tracker.web.console.pages.account.client_setup import CLIENTS
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("mail_clients", __name__, url_prefix="/settings/mail-clients")


@blueprint.get("")
def mail_clients() -> str:
    """The app passwords, and the addresses for a client."""
    return _page("")


@blueprint.post("")
@confirmed
def add_app_password() -> str:
    """Creates an app password and shows it once."""
    user = current_user()
    made, text = new_app_password(deps(), user.rep, name=request.form.get("name", ""))
    audit.record(deps(), user.workspace.id, AuditAction.KEY_CREATED, actor(), made.name, hint=made.hint, rights="relay")
    return _page(text)


@blueprint.post("/again")
def try_again() -> Response:
    """Has the emails processed now that Leadlight failed on."""
    user = current_user()
    deps().store.accepted_mails.retry(user.workspace.id, user.rep.id, deps().now())
    deps().wake.notify()
    flash("Trying again now. The result appears here in a few seconds.")
    return redirect("/settings/mail-clients", 303)


@blueprint.post("/<password>/remove")
@confirmed
def delete_app_password(password: str) -> Response:
    """Deletes an app password of the rep."""
    user = current_user()
    found = remove_app_password(deps(), user.workspace.id, user.rep.id, password)
    audit.record(deps(), user.workspace.id, AuditAction.KEY_REMOVED, actor(), found.name, hint=found.hint)
    flash("Deleted. The email client that used it can no longer send.")
    return redirect("/settings/mail-clients", 303)


@blueprint.post("/leads")
def save_new_leads() -> Response:
    """Says whether unknown recipients become leads."""
    user = current_user()
    reps.change_rep(deps(), user.workspace.id, user.rep.id, adds_leads=request.form.get("adds_leads") == "yes")
    flash("Saved.")
    return redirect("/settings/mail-clients", 303)


def _page(shown: str) -> str:
    user, settings = current_user(), deps().settings
    return render_template(
        "settings/mail_clients.html",
        section="settings",
        tab="mail-clients",
        rep=user.rep,
        passwords=deps().store.app_passwords.of_rep(user.workspace.id, user.rep.id),
        shown=shown,
        failed=deps().store.relayed_copies.failed_of_rep(user.workspace.id, user.rep.id, limit=20),
        unrouted=deps().store.accepted_mails.unrouted_of_rep(user.workspace.id, user.rep.id),
        is_public=is_public(settings),
        server=relay_address(settings),
        clients=CLIENTS,
        mark=MARK,
        is_trackable=user.workspace.is_demo or is_reachable(settings.edge_url),
        edge_url=settings.edge_url,
    )
