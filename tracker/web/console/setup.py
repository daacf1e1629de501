"""The setup checklist: each step with a live tick; its forms post here and come back here."""

import httpx
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions import audit, passwords, workspaces
from tracker.base.errors import DeliveryError, Invalid
from tracker.domain.audit import AuditAction
from tracker.mail import smtp
from tracker.web.console import cookies
from tracker.web.console.access import actor, admin, deps, here, seat
from tracker.web.console.confirmation import confirmed, has_password, require
from tracker.web.console.profile import change_profile, is_new_address, profile_rep, refuse_partial_proof
from tracker.web.console.setup_steps import Facts, steps_of

blueprint = Blueprint("setup", __name__)

_CHECK_SECONDS = 4.0


@blueprint.get("/setup")
def checklist() -> str:
    """The whole page."""
    return render_template("setup.html", section="settings", **_content())


@blueprint.get("/setup/steps")
def steps() -> str:
    """The part that ticks, for js/setup.js."""
    return render_template("setup_steps.html", **_content())


@blueprint.post("/setup/you")
def you() -> Response:
    """Name, address, time zone and password of the rep who sets up."""
    form = request.form
    if form.get("password") or is_new_address(form.get("email", "")):
        require()
    if form.get("password"):
        refuse_partial_proof()
        passwords.check(form["password"], profile_rep())
    rep = change_profile(name=form.get("name", ""), email=form.get("email", ""), timezone=form.get("timezone") or seat().rep.timezone)
    if form.get("password"):
        passwords.set_password(deps(), rep, form["password"], keep_session=cookies.read(request, cookies.SESSION))
        audit.record(deps(), seat().workspace.id, AuditAction.PASSWORD_CHANGED, actor(), seat().rep.name)
    return _back("you")


@blueprint.post("/setup/edge")
@admin
def edge() -> Response:
    """Asks the edge whether it lives, as a lead's browser would reach it."""
    address = deps().settings.edge_url
    try:
        answer = httpx.get(f"{address}/healthz", timeout=_CHECK_SECONDS, follow_redirects=False)
        works = answer.status_code == 200  # noqa: PLR2004 - the contract's answer
        problem = f"{address} answered {answer.status_code}. Is something else running there?"
    except httpx.HTTPError:
        works, problem = False, f"{address} does not answer. Does the edge run, and does EDGE_URL name it?"
    deps().store.workspaces.change(seat().workspace.id, edge_checked_at=deps().now() if works else None)
    if not works:
        flash(problem, "error")
    return _back("edge")


@blueprint.post("/setup/mail")
@admin
@confirmed
def mail() -> Response:
    """Keeps the mail server, if one is named, and checks that it lets us in."""
    url, found = request.form.get("smtp_url", "").strip(), seat().workspace
    if url:
        found = workspaces.change_workspace(deps(), found.id, smtp_url=url)
    target = found.smtp_url or deps().settings.smtp_url
    if not target:
        raise Invalid("smtp_url", "Name a mail server first, such as smtp://user:password@mail.example.com:587.")
    try:
        smtp.check(target, timeout=_CHECK_SECONDS * 2)
    except DeliveryError as error:
        deps().store.workspaces.change(found.id, smtp_checked_at=None)
        flash(_sentence(str(error)), "error")
    else:
        deps().store.workspaces.change(found.id, smtp_checked_at=deps().now())
    return _back("mail")


@blueprint.post("/setup/site")
@admin
def site() -> Response:
    """Adds the company's site."""
    address = request.form.get("origin", "").strip()
    address = address if "://" in address or not address else f"https://{address}"
    name = address.partition("://")[2].partition("/")[0] or address
    added = workspaces.add_site(deps(), seat().workspace.id, name=name, origins=[address])
    if not seat().workspace.home_url:
        workspaces.change_workspace(deps(), seat().workspace.id, home_url=added.origins[0] + "/")
    return _back("site")


def _back(step: str) -> Response:
    return redirect("/settings/mail" if request.form.get("back") == "settings" else f"/setup#{step}", 303)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _content() -> dict[str, object]:
    found, store = seat(), here()
    facts = Facts(
        workspace=found.workspace,
        rep=found.rep,
        has_password=has_password(),
        reps=store.reps.all(),
        channels=store.channels.all(),
        leads=store.leads.count(),
        edge_url=deps().settings.edge_url,
        has_smtp=bool(deps().settings.smtp_url),
    )
    todo = steps_of(facts)
    current = next((step.key for step in todo if not step.works), "")
    return {"steps": todo, "current": current, "done": sum(step.works for step in todo), "edge_url": facts.edge_url}
