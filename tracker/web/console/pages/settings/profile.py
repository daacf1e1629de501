"""The signed-in person's own settings: name, address and its confirmation, password, other browsers, other workspaces."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.ops import audit
from tracker.actions.team import email_addresses, identity_mail, memberships, passwords, reps, sessions
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Conflict, DeliveryError, Forbidden, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Rep
from tracker.web.api.auth import client_address
from tracker.web.console import cookies
from tracker.web.console.auth import actor, deps, other_workspaces, seat
from tracker.web.console.pages.account.confirmation import confirmed, has_password, is_own_password, require
from tracker.web.console.pages.account.profile import change_profile, is_new_address, note_own, profile_rep, refuse_partial_proof

blueprint = Blueprint("me", __name__)


@blueprint.get("/settings/me")
def me() -> str:
    """The person's own name, address, zone, password and workspaces."""
    own = profile_rep()
    return render_template(
        "settings/me.html",
        section="settings",
        tab="me",
        own=own,
        is_address_confirmed=email_addresses.is_confirmed(deps(), own),
        confirmed=deps().store.confirmed_addresses.of_person(seat().session.person),
        can_mail=identity_mail.proven_to(deps(), own.workspace) is not None,
        places=[place for place in other_workspaces() if not place.is_demo],
    )


@blueprint.post("/settings/me")
def save_me() -> Response:
    """Keeps name, address and zone."""
    form = request.form
    is_new = is_new_address(form.get("email", ""))
    if is_new:
        require()
    rep = change_profile(name=form.get("name", ""), email=form.get("email", ""), timezone=form.get("timezone", "").strip())
    if is_new and identity_mail.proven_to(deps(), rep.workspace) is not None and sessions.has_whole_person(deps(), seat().session):
        return _mail_confirmation(rep)
    return _saved()


@blueprint.post("/settings/me/zone")
def save_zone() -> tuple[str, int]:
    """The browser's time zone, told once by a browser whose rep has none yet."""
    if seat().rep.timezone == "UTC":
        reps.change_rep(deps(), seat().workspace.id, seat().rep.id, timezone=request.form.get("timezone", ""))
    return "", 204


@blueprint.post("/settings/me/confirm-address")
@confirmed
def ask_to_confirm() -> Response:
    """Mails a link to the address that is to be confirmed."""
    refuse_partial_proof()
    return _mail_confirmation(profile_rep())


@blueprint.get("/confirm-address/<token>")
def confirmation(token: str) -> str | tuple[str, int]:
    """Shows what the mailed link confirms. Looking does not use it up."""
    found = email_addresses.peek(deps(), token)
    if found is None or found.person != seat().session.person:
        return render_template("confirm_address.html", email=""), 410
    return render_template("confirm_address.html", email=found.email, token=token)


@blueprint.post("/confirm-address/<token>")
def confirm_address(token: str) -> Response | tuple[str, int]:
    """The address is the person's from now on."""
    refuse_partial_proof()
    found = email_addresses.confirm(deps(), token, seat().session)
    if found is None:
        return render_template("confirm_address.html", email=""), 410
    note_own(AuditAction.ADDRESS_CONFIRMED, address=found.email)
    return _saved(f"{found.email} is confirmed. A sign-in link can be mailed there when you need one.")


@blueprint.post("/settings/me/password")
def save_password() -> Response:
    """A new password; asks for the old one, and signs out every other browser."""
    found = seat()
    if has_password():
        if not is_own_password(request.form.get("old", "")):
            flash("The old password is not right.", "error")
            return redirect("/settings/me", 303)
        sessions.confirm_by_password(deps(), found.session)
    else:
        require()
        refuse_partial_proof()
    passwords.set_password(deps(), profile_rep(), request.form.get("password", ""), keep_session=cookies.read(request, cookies.SESSION))
    note_own(AuditAction.PASSWORD_CHANGED)
    return _saved("Your new password is set. Other browsers are signed out.")


@blueprint.post("/settings/me/sign-out-others")
def sign_out_others() -> Response:
    """Ends the person's sessions in every other browser."""
    found, keep = seat(), cookies.read(request, cookies.SESSION)
    if sessions.has_whole_person(deps(), found.session):
        count = sessions.end_person(deps(), found.session.person, keep=keep)
    else:
        count = sessions.end_rep(deps(), found.rep, keep=keep)
    if count:
        note_own(AuditAction.SIGNED_OUT, other_browsers=str(count))
    return _saved(f"Signed out {count} other {'browser' if count == 1 else 'browsers'}.")


@blueprint.post("/settings/me/link")
def link_workspace() -> Response:
    """Adds the workspaces of another sign-in, which is proven here, as one's own is."""
    found, form = seat(), request.form
    if found.workspace.is_demo:
        raise Forbidden("Go to your own workspace first.")
    added = memberships.link(
        deps(),
        found.session,
        cookies.read(request, cookies.SESSION) or "",
        own_password=form.get("own_password", ""),
        email=form.get("email", ""),
        password=form.get("password", ""),
        client=_client(),
    )
    for rep in (found.rep, *added):
        audit.record(deps(), rep.workspace, AuditAction.WORKSPACES_LINKED, actor(), rep.name)
    return _saved("Linked. Go from one workspace to the other in the menu under your name.")


def _mail_confirmation(rep: Rep) -> Response:
    try:
        to = email_addresses.ask_to_confirm(deps(), rep, seat().session, client=_client())
    except (DeliveryError, Invalid, Conflict, TooManyTries) as error:
        flash(f"Saved, but the mail that confirms your address could not be sent: {str(error).removesuffix('.')}.", "error")
        return redirect("/settings/me", 303)
    return _saved(f"A link was mailed to {to}. Open it in this browser to confirm the address.")


def _saved(words: str = "Saved.") -> Response:
    flash(words)
    return redirect("/settings/me", 303)


def _client() -> str:
    return client_address(deps(), request)
