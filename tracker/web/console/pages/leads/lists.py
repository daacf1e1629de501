"""Saved lists on the leads page: save, rename, share, delete."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from tracker.actions.changes.stamped import edit_list
from tracker.actions.leads import lists
from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.rules.conditions.chips import CHIPS
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.leads.current_list import CurrentList, check_rows, current_list
from tracker.web.console.pages.leads.shown_leads import shown_leads
from tracker.web.console.seen import seen_values

blueprint = Blueprint("lists", __name__)


@blueprint.app_context_processor
def _chips() -> dict[str, Any]:
    return {"lead_chips": CHIPS.values()}


@blueprint.get("/leads/chips")
def chips() -> dict[str, str]:
    """How many leads each list that every workspace has holds for this rep, as text by its key. For js/parts/chips.js."""
    return {key: _shown(count) for key, count in lists.chip_counts(deps(), current_user().viewer).items()}


@blueprint.get("/leads/count")
def count() -> dict[str, str]:
    """How many leads the list with this query string has, as text. For js/parts/count.js, because long lists take long to count."""
    found = workspace_store().leads.count_of(shown_leads(current_list()), most=lists.MOST_COUNTED + 1)
    return {"count": _shown(found)}


def _shown(count: int) -> str:
    return f"{lists.MOST_COUNTED:,}+" if count > lists.MOST_COUNTED else f"{count:,}"


@blueprint.post("/leads/lists")
def add() -> Response:
    """Saves what the page shows as a new list."""
    current = current_list()
    try:
        values = _condition(current)
        saved = lists.add_list(deps(), current_user().viewer, name=request.form.get("name", ""), is_shared=_is_shared(), **values)
    except Invalid as error:
        flash(f"The list was not saved: {error.field} {error}.", "error")
        return redirect(current.filters.link(), 303)
    flash(f"List “{saved.name}” saved.", "ok")
    return redirect(f"/leads?list={saved.id}", 303)


@blueprint.post("/leads/lists/<saved>")
def change(saved: str) -> Response:
    """Renames and shares a list; with `update`, it takes over what the page shows."""
    current = current_list()
    values: dict[str, Any] = {"name": request.form["name"], "is_shared": _is_shared()} if "name" in request.form else {}
    try:
        if "update" in request.form:
            values |= _condition(current)
        found = edit_list(deps(), current_user().viewer, saved, seen=seen_values(), **values)
    except Invalid as error:
        flash(f"The list was not saved: {error.field} {error}.", "error")
        return redirect(current.filters.link(list=saved), 303)
    flash(f"List “{found.name}” saved.", "ok")
    return redirect(f"/leads?list={found.id}", 303)


@blueprint.post("/leads/lists/<saved>/remove")
def remove(saved: str) -> Response:
    """Deletes a list, not its leads."""
    removed = lists.remove_list(deps(), current_user().viewer, saved)
    note(AuditAction.DELETED, f"list “{removed.name}”")
    flash(f"List “{removed.name}” deleted. Its leads are unchanged.", "ok")
    return redirect("/leads", 303)


def _condition(current: CurrentList) -> dict[str, Any]:
    check_rows(current)
    return {"condition": current.whole, "sort": current.filters.sort}


def _is_shared() -> bool:
    return request.form.get("shared") == "yes"
