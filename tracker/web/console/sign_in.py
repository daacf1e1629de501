"""Signing in and out: e-mail and password, one-time links, going on in another workspace."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions import reps, sessions
from tracker.base.errors import NotFound
from tracker.domain.reps import Rep
from tracker.web.api.credentials import client_address
from tracker.web.console import cookies
from tracker.web.console.access import deps, find_seat, public, seat

blueprint = Blueprint("sign_in", __name__)

_WRONG = "That e-mail address and password do not belong together."
_COOKIE_SECONDS = 90 * 24 * 3600


@blueprint.get("/sign-in")
@public
def form() -> Response | str:
    """Asks for e-mail and password."""
    if find_seat():
        return redirect("/", 303)
    return render_template("sign_in.html", wanted=_own_path(request.args.get("next", "/")), email="")


@blueprint.post("/sign-in")
@public
def enter() -> Response | tuple[str, int]:
    """Checks them; the same answer, after the same time, for unknown addresses and wrong passwords."""
    email, wanted = request.form.get("email", ""), _own_path(request.form.get("next", "/"))
    status = 422
    try:
        rep = reps.check_password(deps(), email, request.form.get("password", ""), address=client_address(deps(), request))
        problem = _WRONG
    except reps.TooManyTries as error:
        rep, problem, status = None, str(error)[:1].upper() + str(error)[1:] + ".", 429
    if rep is None:
        return render_template("sign_in.html", wanted=wanted, email=email[:254], problem=problem), status
    return _signed_in(rep, wanted)


@blueprint.get("/sign-in/<token>")
@public
def link(token: str) -> str | tuple[str, int]:
    """Shows whom the link signs in. Looking does not use it up, so that mail scanners cannot."""
    rep = reps.peek_sign_in_link(deps(), token)
    if rep is None:
        return render_template("link_gone.html"), 410
    workspace = deps().store.workspaces.get(rep.workspace)
    return render_template("link.html", token=token, rep=rep, workspace=workspace)


@blueprint.post("/sign-in/<token>")
@public
def use_link(token: str) -> Response | tuple[str, int]:
    """Signs in by the link, once."""
    rep = reps.use_sign_in_link(deps(), token)
    if rep is None:
        return render_template("link_gone.html"), 410
    # The first admin, who has no address of their own yet, begins at once; the setup asks for both.
    return _signed_in(rep, "/" if rep.password_hash or rep.email.endswith("@localhost") else "/welcome/password")


@blueprint.post("/sign-out")
@public
def leave() -> Response:
    """Ends this browser's session."""
    token = cookies.read(request, cookies.SESSION)
    if token:
        sessions.end(deps(), token)
    answer = redirect("/sign-in", 303)
    cookies.drop(answer, deps().settings, cookies.SESSION)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@blueprint.post("/switch/<workspace>")
def switch(workspace: str) -> Response:
    """Goes on in another workspace where the same address is a rep's."""
    rep = deps().store.of(workspace).reps.by_email(seat().rep.email) if len(workspace) == 16 else None  # noqa: PLR2004 - an id
    if rep is None or not rep.is_active:
        raise NotFound("no such workspace")
    return enter_as(rep, url_for("live.board"))


def enter_as(rep: Rep, wanted: str) -> Response:
    """The browser goes on as that rep, with a new session in place of the old one."""
    answer = redirect(wanted, 303)
    token = sessions.enter(deps(), cookies.read(request, cookies.SESSION) or "", rep)
    cookies.write(answer, deps().settings, cookies.SESSION, token, seconds=_COOKIE_SECONDS)
    return answer


def _signed_in(rep: Rep, wanted: str) -> Response:
    answer = redirect(wanted, 303)
    old = cookies.read(request, cookies.SESSION)
    token = sessions.start(deps(), rep, agent=request.headers.get("User-Agent", ""), replaces=old)
    cookies.write(answer, deps().settings, cookies.SESSION, token, seconds=_COOKIE_SECONDS)
    cookies.drop(answer, deps().settings, cookies.FORM)
    return answer


def _own_path(wanted: str) -> str:
    """The path if it is one of ours, else the start: a link to sign in never leads to another site."""
    parts = urlsplit(wanted)
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return wanted if is_own and wanted.isprintable() and "\\" not in wanted else "/"
