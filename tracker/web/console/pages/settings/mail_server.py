"""The form for the workspace's mail server, in set-up and in Settings, Email. For admins."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.mail_server import mail_servers
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import DeliveryError, Invalid
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.errors import sentence
from tracker.web.console.pages.account.confirmation import confirmed
from tracker.web.console.pages.settings import page as settings
from tracker.web.console.pages.setup import page as setup

blueprint = Blueprint("mail_server", __name__)

_SUBJECT = "mail server"
_WRONG = 422


@blueprint.get("/setup/mail")
@admin
def page() -> Response:
    """Redirects a reload of a refused form."""
    return redirect("/setup#mail", 303)


@blueprint.post("/setup/mail")
@admin
@confirmed
def save() -> Response | tuple[str, int]:
    """Saves the server if the connection succeeds; else shows the form with all input but the password."""
    given = {name: request.form.get(f"smtp_{name}", "") for name in ("host", "port", "security", "user", "password")}
    try:
        changed = mail_servers.set_mail_server(deps(), current_user().workspace.id, **given)
    except (Invalid, DeliveryError, TooManyTries) as error:
        flash(sentence(error), "error")
        return _again(given, {error.field: str(error)} if isinstance(error, Invalid) else {})
    note_settings(changed, _SUBJECT)
    flash("Saved. The connection to the mail server works.")
    return _back()


@blueprint.post("/setup/mail/check")
@admin
def check() -> Response:
    """Checks the connection to the current server."""
    try:
        mail_servers.check_mail_server(deps(), current_user().workspace.id)
    except (DeliveryError, TooManyTries) as error:
        flash(sentence(error), "error")
    return _back()


@blueprint.post("/setup/mail/remove")
@admin
@confirmed
def remove() -> Response:
    """Removes the server. The workspace uses the server of the installation again."""
    note_settings(mail_servers.remove_mail_server(deps(), current_user().workspace.id), _SUBJECT)
    flash("Removed.")
    return _back()


def _again(given: dict[str, str], wrong: dict[str, str]) -> tuple[str, int]:
    entered = {name: text for name, text in given.items() if name != "password"} | {"wrong": wrong}
    if request.form.get("back") == "settings":
        return render_template("settings/mail.html", section="settings", tab="mail", mail_form=entered, **settings.mail_content()), _WRONG
    return render_template("setup/page.html", section="settings", mail_form=entered, **{**setup.content(), "current": "mail"}), _WRONG


def _back() -> Response:
    return redirect("/settings/mail" if request.form.get("back") == "settings" else "/setup#mail", 303)
