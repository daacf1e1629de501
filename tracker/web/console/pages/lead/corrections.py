"""The form with which a rep corrects the cause of an event on the lead's timeline. Works without scripts."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.activity.corrections import cause_details, correct_cause, event_of_lead
from tracker.base.errors import Conflict, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of

blueprint = Blueprint("lead_corrections", __name__)


@blueprint.post("/leads/<lead>/events/<event>/cause")
def cause(lead: str, event: str) -> Response:
    """Stores `cause` (person, machine or me; empty takes it back), and returns to the same place of the timeline."""
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
            note(AuditAction.CAUSE_CORRECTED, found.name, **cause_details(old, changed))
    place: dict[str, Any] = {name: value for name in ("before", "automatic") if (value := request.form.get(name))}
    return redirect(url_for("lead.page", lead=found.id, _anchor=f"e-{event}", **place), 303)
