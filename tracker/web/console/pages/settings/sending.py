"""How email is sent: the rep's own sender in the profile; working hours, daily limit and sender of alerts under Email, for admins."""

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from tracker.actions.ops import audit
from tracker.actions.team import senders
from tracker.actions.workspace import workspaces
from tracker.base.errors import Forbidden, Invalid
from tracker.domain.workspace.working_hours import WorkingHours
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import actor, admin, current_user, deps
from tracker.web.console.pages.account.profile import profile_rep

blueprint = Blueprint("sending", __name__, url_prefix="/settings")


@blueprint.post("/me/sender")
def save_sender() -> Response:
    """Saves name, address, reply address and signature of the rep's email."""
    old = profile_rep()
    if old.workspace != current_user().workspace.id:
        raise Forbidden("Switch to your own workspace first.")
    given = {name: request.form.get(name, "") for name in ("name", "address", "reply_to", "signature")}
    audit.record_rep(deps(), actor(), old, senders.set_sender(deps(), old, **given))
    flash("Saved.")
    return redirect("/settings/me", 303)


@blueprint.post("/mail/sending")
@admin
def save_sending() -> Response:
    """Saves working hours, limits of a day and the sender of alerts."""
    form = request.form
    hours = WorkingHours(
        days=tuple(day for day in range(7) if form.get(f"day-{day}")),
        start=_minutes("start", form.get("start", "")),
        end=_minutes("end", form.get("end", "")),
    )
    limits = {name: _limit(name, form[name]) for name in ("daily_limit", "automatic_limit", "automatic_limit_all") if name in form}
    changed = workspaces.change_workspace(
        deps(), current_user().workspace.id, working_hours=hours, alert_sender=form.get("alert_sender", ""), **limits
    )
    note_settings(changed, "sending")
    flash("Saved.")
    return redirect("/settings/mail", 303)


def _limit(field: str, text: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise Invalid(field, "must be a whole number") from None


def _minutes(field: str, text: str) -> int:
    """Minutes after midnight of `08:00`; `00:00` as an end, and `24:00`, are midnight."""
    hour, _, minute = text.strip().partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(hour) <= 24 and int(minute) < 60):  # noqa: PLR2004 - a time of day
        raise Invalid(field, "must be a time such as 08:00")
    total = int(hour) * 60 + int(minute)
    return 24 * 60 if field == "end" and total == 0 else total
