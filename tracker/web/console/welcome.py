"""The first screen (*Watch it work* or *Set up my company*), and the first password of a rep who came by a link."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions import reps
from tracker.base.errors import Invalid
from tracker.web.console import cookies
from tracker.web.console.access import deps, here, seat

blueprint = Blueprint("welcome", __name__)


@blueprint.get("/")
def start() -> Response:
    """Where a rep begins: at the first screen while the workspace is empty, else at Live."""
    found = seat()
    is_empty = not found.workspace.is_demo and not found.workspace.sites and not here().leads.count()
    return redirect("/welcome" if is_empty and found.is_admin else "/live", 303)


@blueprint.get("/welcome")
def choose() -> str:
    """Two ways to begin."""
    return render_template("welcome.html", demo=deps().store.workspaces.demo())


@blueprint.get("/welcome/password")
def password_form() -> str:
    """Asks a new rep for a password, so that they can come back without a link."""
    return render_template("password.html", problem="")


@blueprint.post("/welcome/password")
def set_password() -> Response | tuple[str, int]:
    """Sets it, and signs out every other browser of the rep."""
    new = request.form.get("password", "")
    try:
        reps.set_password(deps(), seat().rep, new, keep_session=cookies.read(request, cookies.SESSION))
    except Invalid as error:
        return render_template("password.html", problem=f"The password {error}."), 422
    flash("Your password is set. Next time, sign in with your e-mail address and this password.")
    return redirect("/", 303)
