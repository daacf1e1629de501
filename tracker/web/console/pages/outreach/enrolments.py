"""Leads are added to sequences, from their page or the list, taken out, and continued."""

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from tracker.actions.outreach import enrolments as actions
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import form_page, sentence
from tracker.web.console.pages.confirmations import confirmed
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.leads.chosen import chosen_leads

blueprint = Blueprint("enrolments", __name__)


@blueprint.post("/leads/enrol")
def enrol() -> Response:
    """Adds the chosen leads to a sequence."""
    user, found = current_user(), workspace_store().sequences.get(request.form.get("sequence", ""))
    results = actions.enrol_many(deps(), user.viewer, found, chosen_leads(), rep=user.rep.id)
    added = sum(not reason for reason in results.values())
    note(AuditAction.LEADS_CHANGED, "leads", sequence=found.name, changed=str(added))
    return confirmed(_summary(found.name, added, [reason for reason in results.values() if reason]), None, form_page())


@blueprint.post("/enrolments/<enrolment>")
def change(enrolment: str) -> Response:
    """Takes a lead out, or sends a failed email again, or goes on without it."""
    user, action = current_user(), request.form.get("action", "")
    found, lead = actions.visible_enrolment(deps(), user.viewer, enrolment)
    try:
        if action == "stop":
            actions.take_out(deps(), user.workspace.id, found.id, f"Taken out by {user.rep.name}")
            text = "Taken out. Nothing more is sent."
        elif action == "retry":
            actions.try_again(deps(), user.workspace, found)
            text = "Sent again."
        else:
            actions.go_on(deps(), user.workspace, found, workspace_store().reps.find(lead.owner) if lead.owner else None)
            text = "The sequence goes on."
    except (Conflict, Invalid, DeliveryError) as error:
        flash(sentence_of(error) if isinstance(error, Invalid) else sentence(error), "error")
    else:
        note(AuditAction.LEADS_CHANGED, "leads", sequence=action, changed="1")
        flash(text)
    return redirect(form_page(), 303)


def _summary(name: str, added: int, refused: list[str]) -> str:
    text = f"{added:,} {'lead' if added == 1 else 'leads'} added to {name}."
    if refused:
        text += f" {len(refused):,} not added: {refused[0][:1].lower()}{refused[0][1:]}."
    return text
