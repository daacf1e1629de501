"""Forms that change or delete a company. They work without scripts; js/pages/company.js submits them and redraws the page."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from tracker.actions.changes.stamped import edit_company
from tracker.actions.leads import companies
from tracker.base.errors import Invalid, Taken
from tracker.domain.ops.audit import AuditAction
from tracker.rules import visibility
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.companies.access import check_may_change, owners_of, visible_company
from tracker.web.console.pages.confirmations import confirmed
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.seen import seen_values

blueprint = Blueprint("company_edits", __name__)

_FIELDS = ("name", "domain", "industry", "size", "location", "note")


@blueprint.post("/companies/<company>")
def save(company: str) -> Response:
    """Saves the fields of the form; others stay."""
    visible_company(company)
    check_may_change(company)
    given = {name: request.form[name].replace("\r\n", "\n").strip() for name in _FIELDS if name in request.form}
    values: dict[str, Any] = {name: value if name == "name" else value or None for name, value in given.items()}
    try:
        user = current_user()
        edit_company(deps(), user.workspace.id, company, actor=user.rep.id, seen=seen_values(), **values)
    except (Invalid, Taken) as error:
        shown = _concealed(error) if isinstance(error, Taken) else error
        if wants_json():
            raise shown from None
        flash(sentence_of(shown), "error")
        return redirect(f"/companies/{company}", 303)
    return confirmed("Saved.", None, f"/companies/{company}")


@blueprint.post("/companies/<company>/remove")
def remove(company: str) -> Response:
    """Deletes the company; its leads stay."""
    found = visible_company(company)
    check_may_change(company)
    people = companies.remove_company(deps(), current_user().workspace.id, company)
    note(AuditAction.DELETED, f"company “{found.name[:80]}”", leads=str(people))
    flash(f"{found.name} deleted. {'Its lead stays' if people == 1 else 'Its leads stay'}." if people else f"{found.name} deleted.", "ok")
    return redirect("/companies", 303)


def _concealed(taken: Taken) -> Taken:
    known = workspace_store().companies.find(taken.record) if taken.record else None
    is_seen = known is not None and visibility.may_see_company(current_user().viewer, owners_of(known.id))
    return taken if is_seen else visibility.concealed(taken)
