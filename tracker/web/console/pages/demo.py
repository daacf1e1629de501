"""The demo's pages: create it, enter it, follow the steps as a lead, delete it."""

from dataclasses import dataclass

from flask import Blueprint, Flask, flash, redirect, render_template
from pymongo.errors import PyMongoError
from werkzeug.wrappers import Response

from tracker.actions.demo import demo
from tracker.actions.ops import audit
from tracker.base.errors import DeliveryError, Forbidden
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Role
from tracker.web.console.auth import actor, admin, current_user, deps, find_current_user, workspace_store
from tracker.web.console.pages.account.profile import note_own, profile_rep
from tracker.web.console.pages.account.sign_in import switch_to

blueprint = Blueprint("demo", __name__)


@dataclass(frozen=True, slots=True)
class DemoProgress:
    """The rep's progress as a lead of the demo, from stored messages and alerts."""

    inbox: str
    mailed: bool = False
    opened: bool = False
    clicked: bool = False
    alerted: bool = False
    home: str = ""
    """The own workspace of the rep, if they are an admin there: where set-up is."""


def install(app: Flask) -> None:
    """Provides the progress to the demo bar in parts/base.html."""
    app.context_processor(lambda: {"demo_progress": _progress})


@blueprint.post("/demo")
@admin
def begin() -> Response:
    """Creates the demo workspace if there is none, and enters it."""
    demo.create_demo(deps())
    return _enter()


@blueprint.post("/demo/enter")
def enter() -> Response:
    """Enters the existing demo."""
    return _enter()


@blueprint.get("/demo/bar")
def bar() -> str:
    """The demo bar, refreshed by js/pages/demo.js."""
    return render_template("demo/bar.html") if current_user().workspace.is_demo else ""


@blueprint.post("/demo/mail")
def mail() -> Response:
    """Emails the rep as a lead of the demo. The email arrives in the demo inbox."""
    if not current_user().workspace.is_demo:
        raise Forbidden("This works in the demo only.")
    try:
        demo.mail_yourself(deps(), current_user().rep)
    except DeliveryError as error:
        flash(f"The demo inbox is not ready yet: {error}. Try again in a few seconds.", "error")
    return redirect("/live", 303)


@blueprint.post("/demo/remove")
@admin
def remove() -> Response:
    """Deletes the demo and its data, and returns to the rep's own workspace."""
    found = current_user()
    own, by = profile_rep(), actor()
    answer = switch_to(own, "/welcome") if found.workspace.is_demo and own.id != found.rep.id else redirect("/welcome", 303)
    if demo.remove_demo(deps()) and deps().store.workspaces.find(own.workspace):
        audit.record(deps(), own.workspace, AuditAction.DELETED, by, "demo workspace")
    flash("The demo and its data are deleted.")
    return answer


def _home() -> str:
    own = profile_rep()
    return own.workspace if own.role is Role.ADMIN and own.workspace != current_user().workspace.id else ""


def _enter() -> Response:
    you = demo.enter_demo(deps(), current_user().rep)
    if not current_user().workspace.is_demo:
        note_own(AuditAction.DEMO_ENTERED)
    demo.announce_visitor(deps())
    return switch_to(you, "/live") if you.id != current_user().rep.id else redirect("/live", 303)


def _progress() -> DemoProgress:
    found = find_current_user()
    inbox = f"http://localhost:{deps().settings.demo_port}/inbox"
    if found is None:
        return DemoProgress(inbox)
    try:
        lead = workspace_store().leads.find(demo.yourself(found.rep))
        messages = workspace_store().messages.of_lead(lead.id) if lead else []
        alerts = workspace_store().alerts.latest(lead=lead.id, limit=20) if lead else []
    except PyMongoError:  # the error page must render too
        return DemoProgress(inbox)
    clicked = any(message.reaction.clicked_at for message in messages)
    return DemoProgress(
        inbox,
        mailed=any(message.sent_at for message in messages),
        opened=clicked or any(message.reaction.opened_at for message in messages),
        clicked=clicked,
        home=_home(),
        alerted=any(alert.rule in ("click", "pricing", "pricing_again", "form") for alert in alerts),
    )
