"""Connects the rep's mailbox without a password: by a sign-in with Microsoft 365 or Google, or by the company's."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.mail_inbound import mailbox_sign_ins
from tracker.actions.ops import audit
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import DeliveryError, Forbidden, Invalid
from tracker.domain.mail.mail_sign_in import Provider
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep_mailbox import RepMailbox
from tracker.web.console.auth import actor, current_user, deps
from tracker.web.console.errors import sentence
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("mailbox_sign_in", __name__, url_prefix="/settings/mailbox")

_SHOWN = ("address", "client_id", "tenant")
_WRONG = 422


@blueprint.get("/microsoft")
def microsoft() -> str:
    """The steps for Microsoft 365; the code to enter, once there is one."""
    return _page("microsoft")


@blueprint.post("/microsoft")
@confirmed
def begin_microsoft() -> Response | tuple[str, int]:
    """Asks Microsoft for a code."""
    given = _given(*_SHOWN)
    try:
        mailbox_sign_ins.begin_microsoft_mailbox(
            deps(), current_user().rep, address=given["address"], client_id=given["client_id"], tenant=given["tenant"]
        )
    except (Invalid, DeliveryError, TooManyTries) as error:
        return _again("microsoft", error, given)
    return redirect("/settings/mailbox/microsoft#code", 303)


@blueprint.post("/microsoft/check")
@confirmed
def finish_microsoft() -> Response | tuple[str, int]:
    """Connects the mailbox once the code was entered and the mail server accepts the sign-in."""
    try:
        made = mailbox_sign_ins.finish_microsoft_mailbox(deps(), current_user().rep)
    except (Invalid, DeliveryError, TooManyTries) as error:
        return _again("microsoft", error, {})
    if made is None:
        flash("Microsoft does not know of the sign-in yet. Enter the code there first.", "error")
        return redirect("/settings/mailbox/microsoft#code", 303)
    return _connected(made)


@blueprint.get("/google")
def google() -> str:
    """The steps for Google."""
    return _page("google")


@blueprint.post("/google")
@confirmed
def set_google() -> Response | tuple[str, int]:
    """Connects the mailbox if Google and the mail server accept the sign-in."""
    given = _given("address", "client_id", "client_secret", "refresh_token")
    try:
        made = mailbox_sign_ins.set_google_mailbox(
            deps(),
            current_user().rep,
            address=given["address"],
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            refresh_token=given["refresh_token"],
        )
    except (Invalid, DeliveryError, TooManyTries) as error:
        return _again("google", error, given)
    return _connected(made)


@blueprint.post("/company")
@confirmed
def use_company_sign_in() -> Response:
    """Connects the mailbox from which the workspace sends."""
    try:
        return _connected(mailbox_sign_ins.connect_company_mailbox(deps(), current_user().rep))
    except (Forbidden, DeliveryError, TooManyTries) as error:
        flash(sentence(error), "error")
        return redirect("/settings/mailbox", 303)


def _given(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "") for name in names}


def _connected(made: RepMailbox) -> Response:
    user = current_user()
    audit.record(deps(), user.workspace.id, AuditAction.REP_CHANGED, actor(), user.rep.name, mailbox=f"{made.user} at {made.host}")
    flash("Connected. Replies and bounces of the last 7 days appear in a moment.")
    return redirect("/settings/mailbox", 303)


def _again(provider: Provider, error: Invalid | DeliveryError | TooManyTries, given: dict[str, str]) -> tuple[str, int]:
    flash(sentence(error), "error")
    wrong = {error.field: str(error)} if isinstance(error, Invalid) else {}
    return _page(provider, given=given, wrong=wrong), _WRONG


def _page(provider: Provider, *, given: dict[str, str] | None = None, wrong: dict[str, str] | None = None) -> str:
    user = current_user()
    found = deps().store.of(user.workspace.id).rep_mailboxes.find(user.rep.id)
    pending = found.sign_in_wanted if found and provider == "microsoft" else None
    company = mailbox_sign_ins.company_sign_in(deps(), user.workspace.id, provider)
    known = pending or (found.sign_in if found and found.sign_in and found.sign_in.provider == provider else None)
    filled = {"address": user.rep.email} | {name: getattr(known, name) for name in _SHOWN if known}
    filled |= {name: text for name, text in (given or {}).items() if name in _SHOWN and text}
    return render_template(
        f"settings/mailbox_{provider}.html",
        section="settings",
        tab="mailbox",
        given=filled,
        wrong=wrong or {},
        pending=pending,
        company=company,
    )
