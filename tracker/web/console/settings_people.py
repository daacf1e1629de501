"""Settings about people and programs: the rep's own, the team and its invitations, API keys."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions import keys, reps, sessions
from tracker.base.errors import Forbidden
from tracker.domain.reps import Role
from tracker.web.api.credentials import client_address
from tracker.web.console import cookies
from tracker.web.console.access import admin, deps, here, seat

blueprint = Blueprint("people", __name__, url_prefix="/settings")


@blueprint.get("/me")
def me() -> str:
    """The rep's own name, address, zone and password."""
    return render_template("settings/me.html", section="settings", tab="me")


@blueprint.post("/me")
def save_me() -> Response:
    """Keeps name, address and zone."""
    form, found = request.form, seat()
    reps.change_rep(
        deps(),
        found.workspace.id,
        found.rep.id,
        name=form.get("name", ""),
        email=form.get("email", ""),
        timezone=form.get("timezone", "").strip(),
    )
    return _saved("me")


@blueprint.post("/me/zone")
def save_zone() -> tuple[str, int]:
    """The browser's time zone, told once by a browser whose rep has none yet."""
    if seat().rep.timezone == "UTC":
        reps.change_rep(deps(), seat().workspace.id, seat().rep.id, timezone=request.form.get("timezone", ""))
    return "", 204


@blueprint.post("/me/password")
def save_password() -> Response:
    """A new password; asks for the old one, and signs out every other browser."""
    rep = seat().rep
    if rep.password_hash:
        same = reps.check_password(deps(), rep.email, request.form.get("old", ""), address=client_address(deps(), request))
        if same is None:
            flash("The old password is not right.", "error")
            return redirect("/settings/me", 303)
    reps.set_password(deps(), rep, request.form.get("password", ""), keep_session=cookies.read(request, cookies.SESSION))
    return _saved("me", "Your new password is set. Other browsers are signed out.")


@blueprint.post("/me/sign-out-others")
def sign_out_others() -> Response:
    """Ends the rep's sessions in every other browser."""
    count = sessions.end_others(deps(), seat().rep, keep=cookies.read(request, cookies.SESSION))
    return _saved("me", f"Signed out {count} other {'browser' if count == 1 else 'browsers'}.")


@blueprint.get("/team")
@admin
def team() -> str:
    """The reps of the workspace."""
    return render_template("settings/team.html", section="settings", tab="team", reps=here().reps.all(), link="", invited=None)


@blueprint.post("/team")
@admin
def invite() -> str:
    """Adds a rep, and shows the link that signs them in once."""
    form = request.form
    role = Role.ADMIN if form.get("role") == "admin" else Role.REP
    rep = reps.add_rep(deps(), seat().workspace.id, email=form.get("email", ""), name=form.get("name", ""), role=role)
    return _with_link(rep.id)


@blueprint.post("/team/<rep>/link")
@admin
def link(rep: str) -> str:
    """A new link for a rep who cannot get in."""
    return _with_link(here().reps.get(rep).id)


@blueprint.post("/team/<rep>")
@admin
def change(rep: str) -> Response:
    """Role, and whether the rep still works here."""
    form = request.form
    if rep == seat().rep.id and form.get("is_active") == "no":
        raise Forbidden("You cannot take away your own access. Ask another admin.")
    values: dict[str, Any] = {}
    if form.get("role") in ("admin", "rep"):
        values["role"] = form["role"]
    if form.get("is_active") in ("yes", "no"):
        values["is_active"] = form["is_active"] == "yes"
    reps.change_rep(deps(), seat().workspace.id, rep, **values)
    return _saved("team")


@blueprint.get("/keys")
@admin
def api_keys() -> str:
    """The keys of programs."""
    return _keys_page("")


@blueprint.post("/keys")
@admin
def new_key() -> str:
    """A new key, shown this once."""
    _, text = keys.new_key(deps(), seat().workspace.id, name=request.form.get("name", ""))
    return _keys_page(text)


@blueprint.post("/keys/<key>/remove")
@admin
def remove_key(key: str) -> Response:
    """The key works no more."""
    keys.remove_key(deps(), seat().workspace.id, key)
    return _saved("keys", "Removed. Programs with this key are refused from now on.")


def _keys_page(shown: str) -> str:
    found = deps().store.keys.of_workspace(seat().workspace.id)
    return render_template(
        "settings/keys.html", section="settings", tab="keys", keys=found, shown=shown, public_url=deps().settings.public_url
    )


def _with_link(rep: str) -> str:
    found = here().reps.get(rep)
    made = reps.sign_in_link(deps(), found, is_invitation=True)
    return render_template("settings/team.html", section="settings", tab="team", reps=here().reps.all(), link=made, invited=found)


def _saved(tab: str, words: str = "Saved.") -> Response:
    flash(words)
    return redirect(f"/settings/{tab}", 303)
