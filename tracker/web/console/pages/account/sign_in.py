"""Signing in and out: email and password, one-time links, switching workspaces."""

import logging
import threading
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from pymongo.errors import PyMongoError
from werkzeug.wrappers import Response

from tracker.actions.deps import Deps
from tracker.actions.ops import audit
from tracker.actions.team import email_addresses, passwords, sessions, sign_in_links
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import LeadlightError, NotFound
from tracker.domain.ops.audit import Actor, ActorKind, AuditAction
from tracker.domain.team.rep import Rep
from tracker.web.api.auth import client_address
from tracker.web.console import cookies
from tracker.web.console.auth import actor, current_user, deps, find_current_user, public
from tracker.web.console.pages.account.local_path import local_path
from tracker.web.console.pages.account.own_browser import after_sign_in

log = logging.getLogger(__name__)

blueprint = Blueprint("sign_in", __name__)

_WRONG = "Email address or password is incorrect."
_COOKIE_SECONDS = 90 * 24 * 3600


@blueprint.get("/sign-in")
@public
def form() -> Response | str:
    """The sign-in form."""
    if find_current_user():
        return redirect("/", 303)
    return _form(local_path(request.args.get("next", "/")))


@blueprint.post("/sign-in")
@public
def enter() -> Response | tuple[str, int]:
    """Checks them. Unknown addresses and wrong passwords get the same response after the same time."""
    email, wanted = request.form.get("email", ""), local_path(request.form.get("next", "/"))
    begun_at = deps().now()
    try:
        found = passwords.matching(deps(), email, request.form.get("password", ""), client=_client())
    except TooManyTries as error:
        return _form(wanted, email, str(error)), 429
    if not found:
        _failed(email)
        return _form(wanted, email, _WRONG), 422
    if len(found) > 1:
        return _choice(found), 200
    return _signed_in(found[0], wanted, "password", proved_at=begun_at)


@blueprint.post("/sign-in/mail")
@public
def mail_link() -> str | tuple[str, int]:
    """Emails a sign-in link if the address is confirmed. The response does not reveal whether it is."""
    email = request.form.get("email", "").strip()[:254]
    try:
        may_send = email_addresses.count_mail(deps(), email, _client())
    except TooManyTries as error:
        return _form("/", email, str(error)), 429
    # In a thread, so that the response time does not reveal it either.
    if may_send:
        threading.Thread(target=_send_link, args=(deps(), email), name="sign-in-mail", daemon=True).start()
    return render_template("account/sign_in_link_sent.html", email=email)


@blueprint.get("/sign-in/<token>")
@public
def link(token: str) -> str | tuple[str, int]:
    """Shows which rep the link signs in. A GET does not use it up, because mail scanners follow links."""
    rep = sign_in_links.peek(deps(), token)
    workspace = deps().store.workspaces.find(rep.workspace) if rep else None
    if rep is None or workspace is None:
        return render_template("account/sign_in_link_expired.html"), 410
    return render_template("account/sign_in_link.html", token=token, rep=rep, workspace=workspace)


@blueprint.post("/sign-in/<token>")
@public
def use_link(token: str) -> Response | tuple[str, int]:
    """Signs in by the link, once."""
    begun_at = deps().now()
    used = sign_in_links.use(deps(), token)
    if used is None:
        return render_template("account/sign_in_link_expired.html"), 410
    rep, found = used
    has_password = deps().store.persons.get(rep.person_id).password_hash is not None
    # The first admin sets name, address and password together (welcome.py).
    wanted = "/" if has_password or rep.is_unnamed else "/welcome/password"
    return _signed_in(rep, wanted, f"{found.kind.value} link", limited_to=found.limited_to, proved_at=begun_at)


@blueprint.post("/sign-out")
@public
def leave() -> Response:
    """Ends this browser's session."""
    token = cookies.read(request, cookies.SESSION)
    if token:
        if found := find_current_user():
            audit.record(deps(), found.workspace.id, AuditAction.SIGNED_OUT, actor(), found.rep.name)
        sessions.end(deps(), token)
    response = redirect("/sign-in", 303)
    cookies.drop(response, deps().settings, cookies.SESSION)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.post("/switch/<workspace>")
def switch(workspace: str) -> Response:
    """Switches to another workspace of this person; `next` names the page there."""
    rep = next((rep for rep in sessions.places(deps(), current_user().session) if rep.workspace == workspace), None)
    if rep is None:
        raise NotFound("no such workspace")
    by = actor()
    response = switch_to(rep, local_path(request.form.get("next") or url_for("today.page")))
    audit.record(deps(), workspace, AuditAction.WORKSPACE_ENTERED, by, rep.name)
    return response


def switch_to(rep: Rep, wanted: str) -> Response:
    """Continues the session as that rep of the same person."""
    sessions.enter(deps(), current_user().session, rep)
    return redirect(wanted, 303)


def _form(wanted: str, email: str = "", trouble: str = "") -> str:
    return render_template("account/sign_in.html", wanted=wanted, email=email[:254], problem=trouble)


def _choice(found: list[Rep]) -> str:
    """Asks for the workspace, if address and password match several persons."""
    names = [(deps().store.workspaces.get(rep.workspace).name, sign_in_links.chosen(deps(), rep)) for rep in found]
    return render_template("account/choose_workspace.html", names=names)


def _signed_in(rep: Rep, wanted: str, how: str, *, proved_at: datetime, limited_to: str = "") -> Response:
    response = redirect(after_sign_in(rep, wanted), 303)
    old, agent = cookies.read(request, cookies.SESSION), request.headers.get("User-Agent", "")
    token = sessions.start(deps(), rep, agent=agent, address=_client(), replaces=old, limited_to=limited_to, proved_at=proved_at)
    cookies.write(response, deps().settings, cookies.SESSION, token, seconds=_COOKIE_SECONDS)
    cookies.drop(response, deps().settings, cookies.FORM)
    by = Actor(kind=ActorKind.REP, id=rep.id, name=rep.name, address=_client())
    audit.record(deps(), rep.workspace, AuditAction.SIGNED_IN, by, rep.name, how=how)
    return response


def _failed(email: str) -> None:
    """Records the failure in each workspace with this address. Leaves out the IP address if another person may own the email address."""
    owners = {owner.person for owner in deps().store.confirmed_addresses.by_address(email)}
    found = deps().store.persons.reps_by_address(email)
    for rep in found:
        address = _client() if rep.person_id in owners or len(found) == 1 else ""
        audit.record(deps(), rep.workspace, AuditAction.SIGN_IN_FAILED, Actor(kind=ActorKind.ANONYMOUS, address=address), rep.name)


def _send_link(own: Deps, email: str) -> None:
    try:
        email_addresses.mail_sign_in_link(own, email)
    except (LeadlightError, PyMongoError) as error:
        log.warning("sign-in link not sent", extra={"error": type(error).__name__})


def _client() -> str:
    return client_address(deps(), request)
