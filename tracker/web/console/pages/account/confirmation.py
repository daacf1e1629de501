"""Confirmation of identity: views that change a credential need a password or sign-in link of the last ten minutes."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.team import email_addresses, passwords, sessions
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import DeliveryError, Forbidden, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Role
from tracker.web.api.auth import client_address
from tracker.web.console.auth import current_user, deps, find_current_user
from tracker.web.console.errors import problem, wants_json
from tracker.web.console.pages.account.local_path import local_path
from tracker.web.console.pages.account.profile import note_own, profile_rep

P = ParamSpec("P")
R = TypeVar("R")

blueprint = Blueprint("confirmation", __name__)


class ConfirmationRequired(Forbidden):
    """The session was not confirmed in the last ten minutes."""


def confirmed(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view that changes a credential: it runs only in a session confirmed in the last ten minutes."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        require()
        return view(*args, **kwargs)

    checked.is_confirmed = True  # type: ignore[attr-defined]
    return checked


def require() -> None:
    """Raises ConfirmationRequired if the session is not confirmed. The form field `current_password` confirms it."""
    found = current_user()
    if sessions.is_confirmed(deps(), found.session):
        return
    given = request.form.get("current_password", "")
    if given and is_own_password(given):
        sessions.confirm_by_password(deps(), found.session)
        return
    raise ConfirmationRequired("The password is incorrect." if given else "Confirm that it is you, then try again.")


def is_own_password(given: str) -> bool:
    """Whether this is the signed-in person's password; a wrong one is recorded in the audit log. Raises TooManyTries."""
    if passwords.is_persons(deps(), current_user().session.person, given, client=_client()):
        return True
    note_own(AuditAction.SIGN_IN_FAILED, where="confirmation")
    return False


def install(app: Flask) -> None:
    """Redirects unconfirmed sessions to the confirmation page, and tells templates whether to ask for a password."""
    app.register_error_handler(ConfirmationRequired, _to_page)
    app.context_processor(lambda: {"must_confirm": _must_confirm, "has_password": has_password})


def has_password() -> bool:
    """Whether the signed-in person has a password."""
    return deps().store.persons.get(current_user().session.person).password_hash is not None


def is_first_admin() -> bool:
    """Whether this is the first admin, before name, address and password are set."""
    own = profile_rep()
    return own.role is Role.ADMIN and own.is_unnamed and not has_password()


@blueprint.get("/confirm")
def page() -> str | Response:
    """Asks for the password."""
    wanted = local_path(request.args.get("next", "/"))
    if sessions.is_confirmed(deps(), current_user().session):
        return redirect(wanted, 303)
    return _page(wanted)


@blueprint.post("/confirm")
def confirm() -> Response | tuple[str, int]:
    """Checks the password, and returns to the previous page."""
    wanted = local_path(request.form.get("next", "/"))
    try:
        is_right = is_own_password(request.form.get("password", ""))
    except TooManyTries as error:
        return _page(wanted, str(error)), 429
    if not is_right:
        return _page(wanted, "The password is incorrect."), 422
    sessions.confirm_by_password(deps(), current_user().session)
    flash("Confirmed. For ten minutes you can change passwords, addresses, keys and channels.")
    return redirect(wanted, 303)


@blueprint.post("/confirm/mail")
def mail() -> Response | tuple[str, int]:
    """Emails a sign-in link to a person without a password."""
    wanted = local_path(request.form.get("next", "/"))
    try:
        may_send = email_addresses.count_mail(deps(), current_user().rep.email, _client())
        sent = (
            may_send
            and email_addresses.is_confirmed(deps(), current_user().rep)
            and email_addresses.mail_sign_in_link(deps(), current_user().rep.email)
        )
    except (TooManyTries, DeliveryError, Invalid) as error:
        return _page(wanted, f"The email could not be sent: {error}"), 422
    return _page(
        wanted, "" if sent else "Your address is not confirmed, so no link can be sent there.", sent=bool(sent)
    ), 200 if sent else 422


def _page(wanted: str, trouble: str = "", *, sent: bool = False) -> str:
    can_mail = email_addresses.is_confirmed(deps(), current_user().rep)
    return render_template("account/confirm.html", wanted=wanted, problem=trouble, sent=sent, can_mail=can_mail)


def _to_page(error: ConfirmationRequired) -> Response:
    if wants_json():
        return problem(403, "Confirm that it is you", str(error), confirm="/confirm")
    parts = urlsplit(request.referrer or "")
    wanted = local_path(parts.path) if parts.netloc == request.host else "/"
    if request.form.get("current_password"):  # the page explains the other cases
        flash(str(error), "error")
    return redirect(f"/confirm?{urlencode({'next': wanted})}", 303)


def _must_confirm() -> bool:
    found = find_current_user()
    return found is not None and not sessions.is_confirmed(deps(), found.session)


def _client() -> str:
    return client_address(deps(), request)
