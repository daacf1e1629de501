"""The lead's data: a download of everything about it, and its erasure, which an admin confirms by typing the address. Works without scripts."""

import json

from flask import Blueprint, Response, flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from tracker.actions.privacy.erase import erase_lead
from tracker.actions.privacy.export import lead_export
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.audit_log import note
from tracker.web.console.auth import actor, admin, current_user, deps
from tracker.web.console.pages.lead.access import visible_lead

blueprint = Blueprint("lead_privacy", __name__)


@blueprint.post("/leads/<lead>/export")
def export(lead: str) -> Response:
    """The JSON file. Its name does not name the lead."""
    found = visible_lead(lead)
    text = json.dumps(lead_export(deps(), current_user().workspace.id, found.id), indent=1, ensure_ascii=False)
    note(AuditAction.EXPORTED, "lead", id=found.id)
    return Response(
        text.encode("utf-8", "replace"),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="leadlight-lead-{found.id[-8:]}-{deps().now():%Y-%m-%d}.json"'},
    )


@blueprint.get("/leads/<lead>/erase")
@admin
def ask(lead: str) -> str:
    """What the erasure removes, and the form that confirms it."""
    return render_template("lead/erase.html", section="leads", lead=visible_lead(lead), problem="")


@blueprint.post("/leads/<lead>/erase")
@admin
def erase(lead: str) -> AnyResponse | tuple[str, int]:
    """Erases the lead if the address was typed."""
    found = visible_lead(lead)
    if mailbox_key(request.form.get("confirm", "")) != mailbox_key(found.email):
        problem = "This is not the lead's email address. Nothing was erased."
        return render_template("lead/erase.html", section="leads", lead=found, problem=problem), 422
    erase_lead(deps(), current_user().workspace.id, found.id, actor())
    flash("The lead is erased.")
    return redirect("/leads", 303)
