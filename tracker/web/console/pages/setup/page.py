"""The set-up checklist: its steps, their live state and their forms."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.team import passwords
from tracker.actions.workspace import workspaces
from tracker.actions.workspace.site_check import check_site
from tracker.base.network.public_names import unreachable_reason
from tracker.domain.ops.audit import AuditAction
from tracker.rules.sites.origins import page_origin
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.console import cookies
from tracker.web.console.audit_log import note_settings, note_site
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.http_client import outbound
from tracker.web.console.pages.account.confirmation import has_password, is_first_admin, require
from tracker.web.console.pages.account.profile import change_profile, is_new_address, note_own, refuse_partial_proof
from tracker.web.console.pages.setup.machine import address_content, backup_view
from tracker.web.console.pages.setup.steps import SetupState, steps_of
from tracker.web.console.pages.setup.trial import trial_view
from tracker.web.console.pages.sites.content import sites_content
from tracker.web.console.tracking_form import tracking_form

blueprint = Blueprint("setup", __name__)


@blueprint.get("/setup")
def checklist() -> str | Response:
    """The page, for admins of a company. The first admin is redirected to the profile form."""
    if not current_user().is_admin or current_user().workspace.is_demo:
        return redirect("/live", 303)
    if is_first_admin():
        return redirect("/welcome/you", 303)
    return render_template("setup/page.html", section="settings", **content())


@blueprint.get("/setup/steps")
def steps() -> str:
    """The steps, refreshed by js/pages/setup.js."""
    return render_template("setup/steps.html", **content())


@blueprint.post("/setup/you")
def you() -> Response:
    """Saves name, address, time zone and password."""
    form = request.form
    if form.get("password") or is_new_address(form.get("email", "")):
        require()
    if form.get("password"):
        refuse_partial_proof()
        passwords.check(form["password"], name=form.get("name", ""), email=form.get("email", ""))
    rep = change_profile(
        name=form.get("name", ""), email=form.get("email", ""), timezone=form.get("timezone") or current_user().rep.timezone
    )
    if form.get("password"):
        passwords.set_password(deps(), rep, form["password"], keep_session=cookies.read(request, cookies.SESSION))
        note_own(AuditAction.PASSWORD_CHANGED)
    return _back("you")


@blueprint.post("/setup/site")
@admin
def site() -> Response:
    """Adds the company's site, and checks it: it may redirect to another address."""
    address = page_origin(request.form.get("origin", ""))
    name = address.partition("://")[2].partition("/")[0] or address
    added = workspaces.add_site(deps(), current_user().workspace.id, name=name, origins=[address])
    note_site(added.key, added)
    check_site(deps(), outbound(), current_user().workspace.id, added.key)
    if not current_user().workspace.home_url:
        changed = workspaces.change_workspace(deps(), current_user().workspace.id, home_url=added.origins[0] + "/")
        note_settings(changed, "workspace settings")
    return _back("site")


def _back(step: str) -> Response:
    return redirect(f"/setup#{step}", 303)


def content() -> dict[str, object]:
    """The template variables of the checklist."""
    found, store = current_user(), workspace_store()
    state = SetupState(
        workspace=found.workspace,
        rep=found.rep,
        has_password=has_password(),
        reps=store.reps.all(),
        channels=store.channels.all(),
        leads=store.leads.count_of(LeadQuery(visible_to=found.scope)),
        edge_url=deps().settings.edge_url,
        has_smtp=bool(deps().settings.smtp_url),
        backup=backup_view(),
        trial=trial_view(),
    )
    todo = steps_of(state)
    current = next((step.key for step in todo if not step.works), "")
    return {
        "steps": todo,
        "current": current,
        "done": sum(step.works for step in todo),
        "edge_url": state.edge_url,
        "edge_reason": unreachable_reason(state.edge_url),
        "backup": state.backup,
        "trial": state.trial,
        **sites_content(found.workspace),
        "has_instance_smtp": state.has_smtp,
        **address_content(),
        **tracking_form(),
    }
