"""The demo from the rep's side: begin it, "now you are the lead" step by step, and remove it by one click."""

from dataclasses import dataclass

from flask import Blueprint, Flask, flash, redirect, render_template
from pymongo.errors import PyMongoError
from werkzeug.wrappers import Response

from tracker.actions.demo import demo
from tracker.actions.ops import audit
from tracker.base.errors import DeliveryError, Forbidden
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.auth import actor, admin, deps, find_seat, here, seat
from tracker.web.console.pages.account.profile import note_own, profile_rep
from tracker.web.console.pages.account.sign_in import enter_as

blueprint = Blueprint("demo", __name__)


@dataclass(frozen=True, slots=True)
class Steps:
    """How far the rep is with being a lead: each follows from what has really arrived."""

    inbox: str
    mailed: bool = False
    opened: bool = False
    clicked: bool = False
    rang: bool = False


def install(app: Flask) -> None:
    """Hands the steps to the bar that base.html shows in the demo."""
    app.context_processor(lambda: {"demo_steps": _steps})


@blueprint.post("/demo")
@admin
def begin() -> Response:
    """*Watch it work*: makes the demo workspace if there is none, and goes there."""
    demo.create_demo(deps())
    return _enter()


@blueprint.post("/demo/enter")
def enter() -> Response:
    """Goes to the demo that is there."""
    return _enter()


@blueprint.get("/demo/bar")
def bar() -> str:
    """The bar, for js/demo.js, which draws it anew when something happened."""
    return render_template("demo_bar.html") if seat().workspace.is_demo else ""


@blueprint.post("/demo/mail")
def mail() -> Response:
    """Mails the rep, as a lead of the demo; the mail lands in the demo inbox."""
    if not seat().workspace.is_demo:
        raise Forbidden("Only the demo mails you.")
    try:
        demo.mail_yourself(deps(), seat().rep)
    except DeliveryError as error:
        flash(f"The demo inbox is not ready yet: {error}. Try again in some seconds.", "error")
    return redirect("/live", 303)


@blueprint.post("/demo/remove")
@admin
def remove() -> Response:
    """Removes the demo with everything in it, and goes back to the rep's own workspace."""
    found = seat()
    own, by = profile_rep(), actor()
    answer = enter_as(own, "/welcome") if found.workspace.is_demo and own.id != found.rep.id else redirect("/welcome", 303)
    if demo.remove_demo(deps()) and deps().store.workspaces.find(own.workspace):
        audit.record(deps(), own.workspace, AuditAction.DELETED, by, "demo workspace")
    flash("The demo is gone, with everything in it.")
    return answer


def _enter() -> Response:
    you = demo.enter_demo(deps(), seat().rep)
    if not seat().workspace.is_demo:
        note_own(AuditAction.DEMO_ENTERED)
    return enter_as(you, "/live") if you.id != seat().rep.id else redirect("/live", 303)


def _steps() -> Steps:
    found = find_seat()
    inbox = f"http://localhost:{deps().settings.demo_port}/inbox"
    if found is None:
        return Steps(inbox)
    try:
        lead = here().leads.find(demo.yourself(found.rep))
        messages = here().messages.of_lead(lead.id) if lead else []
        alerts = here().alerts.latest(lead=lead.id, limit=20) if lead else []
    except PyMongoError:  # the page that says so must render too
        return Steps(inbox)
    clicked = any(message.reaction.clicked_at for message in messages)
    return Steps(
        inbox,
        mailed=any(message.sent_at for message in messages),
        opened=clicked or any(message.reaction.opened_at for message in messages),
        clicked=clicked,
        rang=any(alert.rule in ("click", "pricing", "pricing_again", "form") for alert in alerts),
    )
