"""The first pages: the first admin's profile, the choice of demo or set-up, a rep's first password."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.ops import audit
from tracker.actions.team import passwords
from tracker.actions.workspace import workspaces
from tracker.base.errors import Conflict, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.web.console import cookies
from tracker.web.console.auth import actor, admin, current_user, deps, workspace_store
from tracker.web.console.errors import sentence
from tracker.web.console.pages.account.confirmation import confirmed, is_first_admin
from tracker.web.console.pages.account.profile import change_profile, note_own, profile_rep, refuse_partial_proof

blueprint = Blueprint("welcome", __name__)


@blueprint.get("/")
def start() -> Response:
    """Redirects to the first pages while the workspace is empty, else to Today."""
    found = current_user()
    if is_first_admin():
        return redirect("/welcome/you", 303)
    is_empty = not found.workspace.is_demo and not found.workspace.sites and not workspace_store().leads.count()
    return redirect("/welcome" if is_empty and found.is_admin else "/today", 303)


@blueprint.get("/welcome")
def choose() -> str | Response:
    """The choice between demo and set-up."""
    if is_first_admin():
        return redirect("/welcome/you", 303)
    return render_template("account/welcome.html", demo=deps().store.workspaces.demo())


@blueprint.get("/welcome/you")
@admin
def you_form() -> str | Response:
    """The form for the first admin's name, address, password and company."""
    if not is_first_admin():
        return redirect("/", 303)
    return _you({}, {})


@blueprint.post("/welcome/you")
@admin
@confirmed
def you() -> Response | tuple[str, int]:
    """Saves all four values, or none."""
    form = request.form
    if not is_first_admin():
        return redirect("/", 303)
    try:
        refuse_partial_proof()
        passwords.check(form.get("password", ""), name=form.get("name", ""), email=form.get("email", ""))
        company = workspaces.check_name("company", form.get("company", ""))
        change_profile(name=form.get("name", ""), email=form.get("email", ""), timezone=form.get("timezone") or current_user().rep.timezone)
    except (Invalid, Conflict) as error:
        field = error.field if isinstance(error, Invalid) else "email"
        return _you(form.to_dict(), {field: sentence(error)}), 422
    passwords.set_password(deps(), profile_rep(), form["password"], keep_session=cookies.read(request, cookies.SESSION))
    note_own(AuditAction.PASSWORD_CHANGED)
    before = deps().store.workspaces.get(profile_rep().workspace)
    zone = profile_rep().timezone
    changed = workspaces.change_workspace(deps(), before.id, name=company, timezone=zone if before.timezone == "UTC" else before.timezone)
    audit.record_settings(deps(), actor(), before, changed, "workspace settings")
    return redirect("/welcome", 303)


@blueprint.get("/welcome/password")
def password_form() -> str:
    """The form for a new rep's password."""
    return render_template("account/password.html", problem="")


@blueprint.post("/welcome/password")
@confirmed
def set_password() -> Response | tuple[str, int]:
    """Sets it, and signs out the person's other browsers."""
    new = request.form.get("password", "")
    try:
        refuse_partial_proof()
        passwords.set_password(deps(), current_user().rep, new, keep_session=cookies.read(request, cookies.SESSION))
    except Invalid as error:
        return render_template("account/password.html", problem=f"The password {error}."), 422
    note_own(AuditAction.PASSWORD_CHANGED)
    flash("Your password is set. Next time, sign in with your email address and this password.")
    return redirect("/", 303)


def _you(given: dict[str, str], problems: dict[str, str]) -> str:
    own = deps().store.workspaces.get(profile_rep().workspace)
    company = given.get("company") or ("" if own.name == workspaces.FIRST_NAME else own.name)
    return render_template("account/welcome_profile.html", given=given | {"company": company}, problems=problems)
