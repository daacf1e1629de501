"""The page *Sender check* in Settings, Email: what DNS and the mail server say of the workspace's sender domains. For admins."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.mail_server import sender_checks
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.actions.workspace import workspaces
from tracker.base.errors import Invalid
from tracker.domain.mail.sender_check import SenderCheck
from tracker.rules.sender.subject import USUAL_SELECTORS
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.errors import sentence
from tracker.web.console.text.mail.sender_text import LEVELS, TOPICS, summary_of

blueprint = Blueprint("sender_check", __name__, url_prefix="/settings/mail")

_LATE = timedelta(seconds=30)


@blueprint.get("/check")
@admin
def page() -> str:
    """The findings of the last check, by domain."""
    return _page()


@blueprint.post("/check")
@admin
def check() -> Response:
    """Requests a check. The page shows its findings once they are there."""
    _request()
    return _back()


@blueprint.post("/selectors")
@admin
def save_selectors() -> Response | tuple[str, int]:
    """Saves the names of DKIM keys, and checks again."""
    text = request.form.get("dkim_selectors", "")
    try:
        changed = workspaces.change_workspace(deps(), current_user().workspace.id, dkim_selectors=text.replace(",", " ").split())
    except Invalid as error:
        return _page(entered=text, wrong=str(error)), 422
    note_settings(changed, "sender check")
    if not changed.is_demo:
        _request()
    return _back()


def _page(entered: str | None = None, wrong: str = "") -> str:
    workspace = current_user().workspace
    found = deps().store.sender_checks.find(workspace.id) or SenderCheck(id=workspace.id)
    return render_template(
        "settings/sender_check.html",
        section="settings",
        tab="mail",
        check=found,
        groups=[(name, found.of_domain(name)) for name in ("", *found.domains) if found.of_domain(name)],
        is_late=found.due_at is not None and found.due_at + _LATE < deps().now(),
        summary=summary_of(found),
        topics=TOPICS,
        levels=LEVELS,
        domains=sender_checks.sender_domains(deps(), workspace.id),
        selectors=", ".join(workspace.dkim_selectors) if entered is None else entered,
        usual=", ".join(USUAL_SELECTORS),
        wrong=wrong,
    )


def _request() -> None:
    try:
        sender_checks.request_check(deps(), current_user().workspace.id)
    except TooManyTries as error:
        flash(sentence(error), "error")


def _back() -> Response:
    return redirect("/settings/mail/check", 303)
