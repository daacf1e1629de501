"""Guides through the sign-in with Microsoft 365 or Google: what to click there, what to paste, and a check at the end. For admins."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.mail_server import mail_sign_ins
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import DeliveryError, Invalid
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.errors import sentence
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("mail_sign_in", __name__, url_prefix="/settings/mail")

_SUBJECT = "mail server"
_WRONG = 422


@blueprint.get("/microsoft")
@admin
def microsoft() -> str:
    """The steps for Microsoft 365; the code to enter, once there is one."""
    return _page("microsoft")


@blueprint.post("/microsoft")
@admin
@confirmed
def begin_microsoft() -> Response | tuple[str, int]:
    """Asks Microsoft for a code."""
    given = {name: request.form.get(name, "") for name in ("address", "client_id", "tenant")}
    try:
        mail_sign_ins.begin_microsoft(
            deps(),
            current_user().workspace.id,
            address=given["address"],
            client_id=given["client_id"],
            tenant=given["tenant"],
            reads=request.form.get("reads") == "yes",
        )
    except (Invalid, DeliveryError, TooManyTries) as error:
        return _again("microsoft", error, given)
    return redirect("/settings/mail/microsoft#code", 303)


@blueprint.post("/microsoft/check")
@admin
@confirmed
def finish_microsoft() -> Response | tuple[str, int]:
    """Stores the sign-in once the code was entered and the mail server accepts it."""
    try:
        changed = mail_sign_ins.finish_microsoft(deps(), current_user().workspace.id)
    except (Invalid, DeliveryError, TooManyTries) as error:
        return _again("microsoft", error, {})
    if changed is None:
        flash("Microsoft does not know of the sign-in yet. Enter the code there first.", "error")
        return redirect("/settings/mail/microsoft#code", 303)
    note_settings(changed, _SUBJECT)
    flash("Signed in. The mail server accepts it.")
    return redirect("/settings/mail", 303)


@blueprint.get("/google")
@admin
def google() -> str:
    """The steps for Google."""
    return _page("google")


@blueprint.post("/google")
@admin
@confirmed
def set_google() -> Response | tuple[str, int]:
    """Stores the sign-in if Google and the mail server accept it."""
    given = {name: request.form.get(name, "") for name in ("address", "client_id", "client_secret", "refresh_token")}
    try:
        changed = mail_sign_ins.set_google(
            deps(),
            current_user().workspace.id,
            address=given["address"],
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            refresh_token=given["refresh_token"],
        )
    except (Invalid, DeliveryError, TooManyTries) as error:
        shown = {name: text for name, text in given.items() if name in ("address", "client_id")}
        return _again("google", error, shown)
    note_settings(changed, _SUBJECT)
    flash("Signed in. The mail server accepts it.")
    return redirect("/settings/mail", 303)


def _again(provider: str, error: Invalid | DeliveryError | TooManyTries, given: dict[str, str]) -> tuple[str, int]:
    flash(sentence(error), "error")
    wrong = {error.field: str(error)} if isinstance(error, Invalid) else {}
    return _page(provider, given=given, wrong=wrong), _WRONG


def _page(provider: str, *, given: dict[str, str] | None = None, wrong: dict[str, str] | None = None) -> str:
    workspace = current_user().workspace
    known = workspace.mail_sign_in if workspace.mail_sign_in and workspace.mail_sign_in.provider == provider else None
    pending = deps().store.workspaces.get(workspace.id).mail_sign_in_wanted if provider == "microsoft" else None
    filled = given or {name: getattr(pending or known, name, "") for name in ("address", "client_id", "tenant")}
    return render_template(
        f"settings/{provider}.html", section="settings", tab="mail", given=filled, wrong=wrong or {}, pending=pending, known=known
    )
