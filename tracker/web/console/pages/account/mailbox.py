"""The rep's own mailbox: set it, check it now, and see the last error."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.mail_inbound.mailbox_sign_ins import shareable_sign_in
from tracker.actions.mail_inbound.mailboxes import is_late, remove_mailbox, set_mailbox
from tracker.actions.ops import audit
from tracker.base.errors import DeliveryError, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.auth import actor, current_user, deps
from tracker.web.console.pages.account.confirmation import confirmed

blueprint = Blueprint("mailbox", __name__, url_prefix="/settings/mailbox")

_FIELDS = ("host", "port", "security", "user", "password")


@blueprint.get("")
def mailbox() -> str:
    """The mailbox, or the form for one."""
    return _page()


@blueprint.post("")
@confirmed
def save_mailbox() -> Response | tuple[str, int]:
    """Signs in to the mailbox and keeps it."""
    user, given = current_user(), {name: request.form.get(name, "") for name in _FIELDS}
    try:
        made = set_mailbox(deps(), user.rep, **given)
    except (DeliveryError, Invalid) as error:
        return _page(problem=str(error), given=given), 422
    audit.record(deps(), user.workspace.id, AuditAction.REP_CHANGED, actor(), user.rep.name, mailbox=f"{made.user} at {made.host}")
    flash("Connected. Replies and bounces of the last 7 days appear in a moment.")
    return redirect("/settings/mailbox", 303)


@blueprint.post("/check")
def check_mailbox() -> Response:
    """Has the mailbox looked at now."""
    user = current_user()
    deps().store.of(user.workspace.id).rep_mailboxes.request(user.rep.id, deps().now())
    flash("Checking now. The result appears here in a few seconds.")
    return redirect("/settings/mailbox", 303)


@blueprint.post("/remove")
@confirmed
def disconnect_mailbox() -> Response:
    """Forgets the mailbox and its password or sign-in."""
    user = current_user()
    remove_mailbox(deps(), user.rep)
    audit.record(deps(), user.workspace.id, AuditAction.REP_CHANGED, actor(), user.rep.name, mailbox="none")
    flash("Disconnected. Its password or sign-in is deleted; what was found stays.")
    return redirect("/settings/mailbox", 303)


def _page(problem: str = "", given: dict[str, Any] | None = None) -> str:
    user = current_user()
    found = deps().store.of(user.workspace.id).rep_mailboxes.find(user.rep.id)
    known = {name: getattr(found, name) for name in ("host", "port", "security", "user")} if found and found.is_connected else {}
    return render_template(
        "settings/mailbox.html",
        section="settings",
        tab="mailbox",
        rep=user.rep,
        found=found,
        shown=given or known,
        problem=problem,
        is_late=found is not None and is_late(found, deps().now()),
        company=shareable_sign_in(deps(), user.rep),
    )
