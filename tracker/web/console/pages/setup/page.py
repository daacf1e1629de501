"""The setup checklist: each step with a live tick; its forms post here and come back here."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.team import passwords
from tracker.actions.workspace import workspaces
from tracker.base.errors import DeliveryError
from tracker.domain.ops.audit import AuditAction
from tracker.store.leads.leads import LeadQuery
from tracker.web.console import cookies
from tracker.web.console.audit_log import note_settings, note_site
from tracker.web.console.auth import admin, deps, here, seat
from tracker.web.console.http_client import outbound
from tracker.web.console.pages.account.confirmation import has_password, is_first_admin, require
from tracker.web.console.pages.account.profile import change_profile, is_new_address, note_own, refuse_partial_proof
from tracker.web.console.pages.setup.steps import Facts, steps_of

blueprint = Blueprint("setup", __name__)


@blueprint.get("/setup")
def checklist() -> str | Response:
    """The whole page; first of all the first admin says who they are."""
    if is_first_admin():
        return redirect("/welcome/you", 303)
    return render_template("setup.html", section="settings", **content())


@blueprint.get("/setup/steps")
def steps() -> str:
    """The part that ticks, for js/setup.js."""
    return render_template("setup_steps.html", **content())


@blueprint.post("/setup/you")
def you() -> Response:
    """Name, address, time zone and password of the rep who sets up."""
    form = request.form
    if form.get("password") or is_new_address(form.get("email", "")):
        require()
    if form.get("password"):
        refuse_partial_proof()
        passwords.check(form["password"], name=form.get("name", ""), email=form.get("email", ""))
    rep = change_profile(name=form.get("name", ""), email=form.get("email", ""), timezone=form.get("timezone") or seat().rep.timezone)
    if form.get("password"):
        passwords.set_password(deps(), rep, form["password"], keep_session=cookies.read(request, cookies.SESSION))
        note_own(AuditAction.PASSWORD_CHANGED)
    return _back("you")


@blueprint.post("/setup/edge")
@admin
def edge() -> Response:
    """Asks the edge whether it lives, as a lead's browser would reach it."""
    address = deps().settings.edge_url
    try:
        status = outbound().probe(f"{address}/healthz", trusted=True).status
        works = status == 200  # noqa: PLR2004 - the contract's answer
        problem = f"{address} answered {status}. Is something else running there?"
    except DeliveryError:
        works, problem = False, f"{address} does not answer. Does the edge run, and does EDGE_URL name it?"
    deps().store.workspaces.change(seat().workspace.id, edge_checked_at=deps().now() if works else None)
    if not works:
        flash(problem, "error")
    return _back("edge")


@blueprint.post("/setup/site")
@admin
def site() -> Response:
    """Adds the company's site."""
    address = request.form.get("origin", "").strip()
    address = address if "://" in address or not address else f"https://{address}"
    name = address.partition("://")[2].partition("/")[0] or address
    added = workspaces.add_site(deps(), seat().workspace.id, name=name, origins=[address])
    note_site(added.key, added)
    if not seat().workspace.home_url:
        changed = workspaces.change_workspace(deps(), seat().workspace.id, home_url=added.origins[0] + "/")
        note_settings(changed, "workspace settings")
    return _back("site")


def _back(step: str) -> Response:
    return redirect(f"/setup#{step}", 303)


def content() -> dict[str, object]:
    """What the checklist shows."""
    found, store = seat(), here()
    facts = Facts(
        workspace=found.workspace,
        rep=found.rep,
        has_password=has_password(),
        reps=store.reps.all(),
        channels=store.channels.all(),
        leads=store.leads.count_of(LeadQuery(visible_to=found.scope)),
        edge_url=deps().settings.edge_url,
        has_smtp=bool(deps().settings.smtp_url),
    )
    todo = steps_of(facts)
    current = next((step.key for step in todo if not step.works), "")
    return {
        "steps": todo,
        "current": current,
        "done": sum(step.works for step in todo),
        "edge_url": facts.edge_url,
        "has_instance_smtp": facts.has_smtp,
    }
