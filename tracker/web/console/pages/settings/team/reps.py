"""Settings of the team: its reps, their roles and invitations, and deactivation with hand-over. For admins."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.ops import audit
from tracker.actions.team import hand_over, identity_mail, reps, sign_in_links
from tracker.base.errors import DeliveryError, Forbidden, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Rep, Role
from tracker.web.console.audit_log import note
from tracker.web.console.auth import actor, admin, current_user, deps, workspace_store
from tracker.web.console.errors import sentence
from tracker.web.console.pages.account.confirmation import confirmed
from tracker.web.console.pages.settings.days_away import days_away

blueprint = Blueprint("people", __name__, url_prefix="/settings")

ROLES = (
    (Role.REP, "Rep", "Works with leads"),
    (Role.MANAGER, "Manager", "Also sees the leads of their teams"),
    (Role.ADMIN, "Admin", "Sees all leads and changes settings"),
)
"""Value, label and meaning of each role."""


def team_page(*, link: str = "", invited: Rep | None = None) -> str:
    """The page, with a new sign-in link if one was created."""
    return render_template(
        "settings/team.html",
        section="settings",
        tab="team",
        page="team",
        reps=workspace_store().reps.all(),
        roles=ROLES,
        link=link,
        invited=invited,
        can_mail=_can_mail(),
    )


@blueprint.get("/team")
@admin
def team() -> str:
    """The reps, the teams, and what each role sees."""
    return team_page()


@blueprint.post("/team")
@admin
@confirmed
def invite() -> str | Response:
    """Adds a rep, and mails or shows a one-time sign-in link."""
    form = request.form
    role = Role(form["role"]) if form.get("role") in tuple(Role) else Role.REP
    rep = reps.add_rep(deps(), current_user().workspace.id, email=form.get("email", ""), name=form.get("name", ""), role=role)
    audit.record(deps(), rep.workspace, AuditAction.REP_ADDED, actor(), rep.name, role=role.value, email=rep.email)
    return _with_link(rep)


@blueprint.post("/team/<rep>/link")
@admin
@confirmed
def link(rep: str) -> str | Response:
    """Creates a new sign-in link for a rep, and mails or shows it."""
    return _with_link(workspace_store().reps.get(rep))


@blueprint.post("/team/<rep>")
@admin
@confirmed
def change(rep: str) -> Response:
    """Changes role, daily limit or days out of office, or reactivates."""
    form, old = request.form, workspace_store().reps.get(rep)
    values: dict[str, Any] = {}
    if form.get("role") in tuple(Role):
        values["role"] = form["role"]
    if form.get("is_active") == "yes":
        values["is_active"] = True
    if "daily_limit" in form:
        values["daily_limit"] = _limit(form["daily_limit"].strip())
    if "away_first" in form:
        values["out_of_office"] = days_away(form)
    audit.record_rep(deps(), actor(), old, reps.change_rep(deps(), current_user().workspace.id, rep, **values))
    flash("Saved.")
    return redirect("/settings/team", 303)


def _limit(text: str) -> int | None:
    """Emails a day; empty: the workspace's limit. Raises Invalid."""
    try:
        return int(text) if text else None
    except ValueError:
        raise Invalid("daily_limit", "must be a whole number, or empty for the workspace's limit") from None


@blueprint.get("/team/<rep>/deactivate")
@admin
def deactivation(rep: str) -> str:
    """What the rep leaves behind, and who can take over."""
    found = _other(rep)
    successors = [one for one in workspace_store().reps.active() if one.id != found.id]
    left = hand_over.left_by(deps(), found)
    return render_template("settings/deactivate.html", section="settings", tab="team", rep=found, left=left, successors=successors)


@blueprint.post("/team/<rep>/deactivate")
@admin
@confirmed
def deactivate(rep: str) -> Response:
    """Deactivates the rep and hands over leads, tasks and alerts."""
    left, to = _other(rep), request.form.get("to") or None
    done = hand_over.deactivate(deps(), left.workspace, left.id, to=to)
    name = workspace_store().reps.get(to).name if to else ""
    note(AuditAction.REP_DEACTIVATED, left.name, to=name, leads=str(done.leads), tasks=str(done.tasks))
    flash(f"{left.name} can no longer sign in. {done.leads:,} leads and {done.tasks:,} tasks went to {name or 'no one'}.")
    return redirect("/settings/team", 303)


def _other(rep: str) -> Rep:
    if rep == current_user().rep.id:
        raise Forbidden("You cannot deactivate yourself. Ask another admin.")
    return workspace_store().reps.get(rep)


def _can_mail() -> bool:
    return identity_mail.proven_to(deps(), current_user().workspace.id) is not None


def _with_link(rep: Rep) -> str | Response:
    """The page with a new link; where it was mailed, the page without it."""
    made, user = sign_in_links.shown(deps(), rep), current_user()
    audit.record(deps(), rep.workspace, AuditAction.LINK_CREATED, actor(), rep.name)
    if request.form.get("mail") == "yes" and _can_mail():
        subject = f"{user.rep.name} invites you to {user.workspace.name} on Leadlight"
        text = f"Hello {rep.name},\n\nthis link signs you in once, within three days:\n\n{made}\n\nThen you choose a password.\n"
        try:
            identity_mail.send(deps(), rep, rep.email, subject, text)
        except DeliveryError as error:
            flash(f"The invitation could not be mailed: {sentence(error)} Send the link yourself.", "error")
        else:
            flash(f"The invitation was mailed to {rep.email}.")
            return redirect("/settings/team", 303)
    return team_page(link=made, invited=rep)
