"""When alerts arrive: the hours, the digest and the use of email, of the rep in the profile and of the company under Alerts."""

from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from tracker.actions.alerting.preferences import keep_all_hours
from tracker.actions.workspace import workspaces
from tracker.base.errors import Forbidden, Invalid
from tracker.domain.alerting.preferences import SHIPPED, AlertPreferences, DigestEvery, EmailAlerts
from tracker.domain.workspace.workspace import Workspace
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.pages.account.profile import change_profile, profile_rep
from tracker.web.console.text.mail.sending_text import DAY_NAMES

blueprint = Blueprint("alert_times", __name__, url_prefix="/settings/alert-times")

DIGESTS = ((DigestEvery.HOURLY.value, "Every hour"), (DigestEvery.DAILY.value, "Once a day"))
EMAILS = (
    (EmailAlerts.AUTO.value, "Digest beside Slack or push"),
    (EmailAlerts.DIGEST.value, "Always a digest"),
    (EmailAlerts.NOW.value, "At once"),
)


@blueprint.post("")
def save() -> Response:
    """Saves the preferences of the rep (`scope` is me), or of the company."""
    form = request.form
    if form.get("scope") != "company":
        if profile_rep().workspace != current_user().workspace.id:
            raise Forbidden("Switch to your own workspace first.")
        change_profile(alert_preferences=None if form.get("source") == "company" else _given(form))
        flash("Saved.")
        return redirect("/settings/me#alert-times", 303)
    if not current_user().is_admin:
        raise Forbidden("Only admins change this for the company.")
    workspace, minutes = current_user().workspace, form.get("take_minutes", "0").strip() or "0"
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 5):  # noqa: PLR2004 - digits of a day's minutes
        raise Invalid("take_minutes", "must be a whole number of minutes")
    policy = msgspec.structs.replace(workspace.policy, take_minutes=int(minutes))
    changed = workspaces.change_workspace(deps(), workspace.id, version=workspace.version, alert_preferences=_given(form), policy=policy)
    note_settings(changed, "when alerts arrive")
    flash("Saved.")
    return redirect("/settings/alerts#times", 303)


@blueprint.post("/company")
@admin
def decide() -> Response:
    """The answer to the question on Today and Alerts: `do` is `use` for the quiet hours of new workspaces, else all hours stay."""
    workspace, version = current_user().workspace, request.form.get("version", type=int)
    if request.form.get("do") == "use":
        note_settings(workspaces.change_workspace(deps(), workspace.id, version=version, alert_preferences=SHIPPED), "when alerts arrive")
        flash("Saved. Alerts of quiet hours wait for the morning.")
    else:
        keep_all_hours(deps(), workspace.id)
        flash("Alerts go on at all hours. Settings, Alerts, changes it.")
    return redirect("/today" if request.form.get("then") == "today" else "/alerts", 303)


def times_content(preferences: AlertPreferences, company: Workspace | None = None) -> dict[str, Any]:
    """The values of `settings/alert_times.html`."""
    return {
        "preferences": preferences,
        "take_minutes": company.policy.take_minutes if company else 0,
        "times_from": _clock(preferences.start),
        "times_to": _clock(preferences.end),
        "day_names": list(enumerate(DAY_NAMES)),
        "digests": DIGESTS,
        "emails": EMAILS,
    }


def _clock(minutes: int) -> str:
    """As a time field has it; the end of the day is midnight."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _given(form: MultiDict[str, str]) -> AlertPreferences:
    """Raises Invalid."""
    is_always = form.get("hours") == "always"
    days = tuple(day for day in range(7) if form.get(f"day-{day}"))
    if not is_always and not days:
        raise Invalid("days", "must have at least one day")
    return AlertPreferences(
        days=() if is_always else days,
        start=_minutes("start", form.get("start", "")),
        end=_minutes("end", form.get("end", "")),
        digest=DigestEvery(form.get("digest", "")) if form.get("digest") in tuple(DigestEvery) else DigestEvery.HOURLY,
        email=EmailAlerts(form.get("email", "")) if form.get("email") in tuple(EmailAlerts) else EmailAlerts.AUTO,
    )


def _minutes(field: str, text: str) -> int:
    """Minutes after midnight of `08:00`; `00:00` as an end is midnight. Raises Invalid."""
    hour, _, minute = text.strip().partition(":")
    if not (hour.isdigit() and minute[:2].isdigit() and int(hour) <= 24 and int(minute[:2]) < 60):  # noqa: PLR2004 - a time of day
        raise Invalid(field, "must be a time such as 08:00")
    total = int(hour) * 60 + int(minute[:2])
    return 24 * 60 if field == "end" and total == 0 else total
