"""The signed-in person's own settings: name, address and its confirmation, password, other browsers, other workspaces."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.ops import audit
from tracker.actions.team import email_addresses, identity_mail, memberships, passwords, reps, senders, sessions
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Conflict, DeliveryError, Forbidden, Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Rep
from tracker.rules.visibility import may_set_absence
from tracker.web.api.auth import client_address
from tracker.web.console import cookies
from tracker.web.console.auth import actor, current_user, deps, other_workspaces
from tracker.web.console.pages.account.confirmation import confirmed, has_password, is_own_password, require
from tracker.web.console.pages.account.own_browser import is_marked, sites_to_mark
from tracker.web.console.pages.account.profile import change_profile, is_new_address, note_own, profile_rep, refuse_partial_proof
from tracker.web.console.pages.settings.alerting.times import times_content
from tracker.web.console.pages.settings.days_away import days_away
from tracker.web.console.text.mail.status_text import DEGREES

blueprint = Blueprint("me", __name__)


@blueprint.get("/settings/me")
def me() -> str:
    """The person's own name, address, zone, password and workspaces."""
    own = profile_rep()
    return render_template(
        "settings/profile.html",
        section="settings",
        tab="me",
        own=own,
        degrees=DEGREES,
        is_address_confirmed=email_addresses.is_confirmed(deps(), own),
        confirmed=deps().store.confirmed_addresses.of_person(current_user().session.person),
        can_mail=identity_mail.proven_to(deps(), own.workspace) is not None,
        team=_team(),
        times=times_content(own.alert_preferences or current_user().workspace.alert_preferences),
        own_addresses=senders.own_addresses(deps(), own),
        is_marked=is_marked(),
        sites=sites_to_mark(),
        places=[place for place in other_workspaces() if not place.is_demo],
    )


@blueprint.post("/settings/me")
def save_me() -> Response:
    """Saves name, address, zone, tracking, whether single keys are commands, and whether the weekly mail is wanted."""
    form = request.form
    is_new = is_new_address(form.get("email", ""))
    if is_new:
        require()
    rep = change_profile(
        name=form.get("name", ""),
        email=form.get("email", ""),
        timezone=form.get("timezone", "").strip(),
        tracking=form.get("tracking") or profile_rep().tracking,
        **{name: form[name] == "on" for name in ("shortcuts", "weekly_mail") if name in form},
    )
    if is_new and identity_mail.proven_to(deps(), rep.workspace) is not None and sessions.has_whole_person(deps(), current_user().session):
        return _mail_confirmation(rep)
    return _saved()


@blueprint.post("/settings/me/zone")
def save_zone() -> tuple[str, int]:
    """Saves the browser's time zone for a rep without one."""
    if current_user().rep.timezone == "UTC":
        reps.change_rep(deps(), current_user().workspace.id, current_user().rep.id, timezone=request.form.get("timezone", ""))
    return "", 204


@blueprint.post("/settings/me/confirm-address")
@confirmed
def ask_to_confirm() -> Response:
    """Emails a confirmation link to the new address."""
    refuse_partial_proof()
    return _mail_confirmation(profile_rep())


@blueprint.get("/confirm-address/<token>")
def confirmation(token: str) -> str | tuple[str, int]:
    """Shows which address the link confirms. A GET does not use it up."""
    found = email_addresses.peek(deps(), token)
    if found is None or found.person != current_user().session.person:
        return render_template("account/confirm_address.html", email=""), 410
    return render_template("account/confirm_address.html", email=found.email, token=token)


@blueprint.post("/confirm-address/<token>")
def confirm_address(token: str) -> Response | tuple[str, int]:
    """Confirms the address."""
    refuse_partial_proof()
    found = email_addresses.confirm(deps(), token, current_user().session)
    if found is None:
        return render_template("account/confirm_address.html", email=""), 410
    note_own(AuditAction.ADDRESS_CONFIRMED, address=found.email)
    return _saved(f"{found.email} is confirmed. Sign-in links can now be sent there.")


@blueprint.post("/settings/me/away")
def save_away() -> Response:
    """Saves the days on which the rep, or a rep of the teams that this one leads or manages, gets no new leads."""
    found, rep = current_user(), request.form.get("rep", "")
    if not rep:
        change_profile(out_of_office=days_away(request.form))
        return _saved()
    old = deps().store.of(found.workspace.id).reps.get(rep)
    if not may_set_absence(found.viewer, old.id):
        raise NotFound("no such rep")
    audit.record_rep(deps(), actor(), old, reps.change_rep(deps(), old.workspace, old.id, out_of_office=days_away(request.form)))
    return _saved()


@blueprint.post("/settings/me/password")
def save_password() -> Response:
    """Changes the password after checking the old one, and signs out other browsers."""
    found = current_user()
    if has_password():
        if not is_own_password(request.form.get("old", "")):
            flash("The old password is incorrect.", "error")
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
    found, keep = current_user(), cookies.read(request, cookies.SESSION)
    if sessions.has_whole_person(deps(), found.session):
        count = sessions.end_person(deps(), found.session.person, keep=keep)
    else:
        count = sessions.end_rep(deps(), found.rep, keep=keep)
    if count:
        note_own(AuditAction.SIGNED_OUT, other_browsers=str(count))
    return _saved(f"Signed out {count} other {'browser' if count == 1 else 'browsers'}.")


@blueprint.post("/settings/me/link")
def link_workspace() -> Response:
    """Links the workspaces of another sign-in. Both passwords are checked."""
    found, form = current_user(), request.form
    if found.workspace.is_demo:
        raise Forbidden("Switch to your own workspace first.")
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
    return _saved("Linked. Switch between workspaces in the menu under your name.")


def _team() -> list[Rep]:
    """The reps of whom this one may say when they are out of office. Admins do so under Team."""
    found = current_user()
    others = [rep for rep in deps().store.of(found.workspace.id).reps.active() if rep.id != found.rep.id]
    return [] if found.is_admin else [rep for rep in others if may_set_absence(found.viewer, rep.id)]


def _mail_confirmation(rep: Rep) -> Response:
    try:
        to = email_addresses.ask_to_confirm(deps(), rep, current_user().session, client=_client())
    except (DeliveryError, Invalid, Conflict, TooManyTries) as error:
        flash(f"Saved, but the confirmation email could not be sent: {str(error).removesuffix('.')}.", "error")
        return redirect("/settings/me", 303)
    return _saved(f"A confirmation link was emailed to {to}. Open it in this browser to confirm the address.")


def _saved(message: str = "Saved.") -> Response:
    flash(message)
    return redirect("/settings/me", 303)


def _client() -> str:
    return client_address(deps(), request)
