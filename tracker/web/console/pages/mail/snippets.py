"""Snippets: the rep's own short texts and the shared ones."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.mail import snippets as actions
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.domain.mail.snippet import Snippet
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_act_as
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.edits import sentence_of

blueprint = Blueprint("snippets", __name__, url_prefix="/mail/snippets")


@blueprint.get("")
def index() -> str:
    """The list, with a form for each."""
    return _page()


@blueprint.post("")
def add() -> Response | tuple[str, int]:
    """Creates one; `shared` for all reps."""
    user, form = current_user(), request.form
    rep = None if form.get("shared") else user.rep.id
    try:
        actions.add_snippet(deps(), user.workspace.id, rep, name=form.get("name", ""), text=form.get("text", ""))
    except (Invalid, Conflict) as error:
        return _page(sentence_of(error)), 422
    flash("Snippet saved.")
    return redirect("/mail/snippets", 303)


@blueprint.post("/<snippet>")
def save(snippet: str) -> Response | tuple[str, int]:
    """Changes it."""
    found, form = _usable(snippet), request.form
    try:
        actions.change_snippet(deps(), found.workspace, found.id, name=form.get("name", ""), text=form.get("text", ""))
    except Invalid as error:
        return _page(sentence_of(error)), 422
    flash("Snippet saved.")
    return redirect("/mail/snippets", 303)


@blueprint.post("/<snippet>/remove")
def remove(snippet: str) -> Response:
    """Deletes it."""
    found = _usable(snippet)
    actions.remove_snippet(deps(), found.workspace, found.id)
    note(AuditAction.DELETED, f"snippet “{found.name}”")
    flash(f"{found.name} deleted.")
    return redirect("/mail/snippets", 303)


def _usable(snippet: str) -> Snippet:
    found = workspace_store().snippets.get(snippet)
    if not may_act_as(current_user().viewer, found.rep):
        raise NotFound("no such snippet")
    return found


def _page(problem: str | None = None) -> str:
    found = workspace_store().snippets.of_reps(current_user().rep.id, None)
    return render_template("mail/snippets.html", section="mail", tab="snippets", snippets=found, problem=problem)
