"""The forms with which a rep corrects what Leadlight made of an event: its cause, or that an address is wrong. They work without scripts."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.activity.corrections import cause_details, correct_cause, event_of_lead
from tracker.actions.changes.bulk import BulkEdit, BulkResult, edit_leads
from tracker.actions.mail_inbound.new_address import refuse_new_address
from tracker.actions.mail_inbound.outcomes import set_bounced
from tracker.base.errors import Conflict, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_see
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.confirmations import confirmed
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of

blueprint = Blueprint("lead_corrections", __name__)

_PLACES = ("before", "automatic")
_TRAFFIC_PLACES = ("days", "kind", "shown", "reason", "cursor")
"""The fields that say which part of the page was shown: of the timeline, and of automatic traffic."""


@blueprint.post("/leads/<lead>/events/<event>/cause")
def cause(lead: str, event: str) -> Response:
    """Stores `cause` (person, machine or me; empty takes it back), and returns to the same place of the page."""
    found, here = visible_lead(lead), current_user()
    old = event_of_lead(deps(), here.workspace.id, found.id, event)
    try:
        changed = correct_cause(deps(), here.workspace.id, event, request.form.get("cause") or None, here.rep)
    except (Invalid, Conflict) as error:
        if wants_json():
            raise
        flash(sentence_of(error), "error")
    else:
        if changed.correction != old.correction:
            note(AuditAction.CAUSE_CORRECTED, found.name, **cause_details(old, changed), lead_id=found.id)
    return redirect(_place(found.id, event), 303)


@blueprint.post("/leads/<lead>/bounce")
def bounce(lead: str) -> Response:
    """The lead's address is wrong (`bounced`: yes), or works."""
    found, is_bounced = visible_lead(lead), request.form.get("bounced") == "yes"
    set_bounced(deps(), current_user().workspace.id, found.id, is_bounced=is_bounced)
    flash("The address is marked as wrong." if is_bounced else "The address is marked as working.")
    return redirect(url_for("lead.page", lead=found.id), 303)


@blueprint.post("/leads/<lead>/new-address")
def new_address(lead: str) -> Response:
    """The other `address` that was named is the lead's (`use`: yes), or is not."""
    found, user = visible_lead(lead), current_user()
    page = url_for("clean_up.index", _anchor="addresses") if request.form.get("back") == "clean-up" else url_for("lead.page", lead=found.id)
    if found.new_email_at is None or found.new_email != request.form.get("address"):
        raise Conflict("it was changed meanwhile; look again")
    if request.form.get("use") != "yes":
        refuse_new_address(deps(), user.workspace.id, found.id)
        return confirmed("The address stays as it is.", None, page)
    edit = BulkEdit(given=frozenset({"use_new_email"}), use_new_email=True)
    report = edit_leads(deps(), user.workspace, [found.id], edit, actor=user.rep.id, may_see=lambda one: may_see(user.viewer, one))
    result, reason = report.results[found.id]
    if result is BulkResult.REFUSED:
        flash(f"{reason}.", "error")
        return redirect(page, 303)
    return confirmed(f"{found.name or found.new_email} has the new address.", report.change, page)


def _place(lead: str, event: str) -> str:
    """The URL of the event on the page that has the form."""
    is_traffic = request.form.get("page") == "automatic"
    fields = _TRAFFIC_PLACES if is_traffic else _PLACES
    place: dict[str, Any] = {name: value for name in fields if (value := request.form.get(name))}
    if is_traffic:
        return url_for("settings_automatic.page", _anchor=f"e-{event}", **place)
    return url_for("lead.page", lead=lead, _anchor=f"e-{event}", **place)
