"""Settings, Pipeline, Fields: the custom fields of leads, in order. For admins."""

from collections.abc import Iterable

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.leads.custom_fields import set_custom_fields
from tracker.base.errors import Invalid, NotFound
from tracker.domain.workspace.custom_field import BUILT_IN_FIELDS, CustomField, FieldKind
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.text.field_text import KINDS

blueprint = Blueprint("pipeline_fields", __name__, url_prefix="/settings")


@blueprint.get("/fields")
@admin
def fields() -> str:
    """The fields, and names that leads have values for without a definition."""
    leads, known = workspace_store().leads, current_user().workspace.custom_fields
    names = {field.name for field in known} | set(BUILT_IN_FIELDS)
    context = {
        "fields": [(field, leads.count_with_field(field.name)) for field in known],
        "others": [(name, leads.count_with_field(name)) for name in leads.field_names() if name not in names],
        "kinds": KINDS,
        "new_name": request.args.get("name", "")[:60],
    }
    return render_template("settings/pipeline/fields.html", section="settings", tab="stages", page="fields", **context)


@blueprint.post("/fields")
@admin
def add_field() -> Response:
    """Adds a field at the end."""
    return _save((*current_user().workspace.custom_fields, _given(CustomField(id="", name=""))), "Field added.")


@blueprint.post("/fields/<field>")
@admin
def change_field(field: str) -> Response:
    """Changes a field, or moves it up."""
    known = list(current_user().workspace.custom_fields)
    at = known.index(_found(field))
    if request.form.get("move") == "up":
        known[max(at - 1, 0) : at + 1] = known[max(at - 1, 0) : at + 1][::-1]
    else:
        known[at] = _given(known[at])
    return _save(known)


@blueprint.get("/fields/<field>/delete")
@admin
def confirm_deletion(field: str) -> str:
    """Asks, with the number of leads that lose a value."""
    found = _found(field)
    count = workspace_store().leads.count_with_field(found.name)
    return render_template("settings/pipeline/delete_field.html", section="settings", tab="stages", page="fields", field=found, count=count)


@blueprint.post("/fields/<field>/delete")
@admin
def delete_field(field: str) -> Response:
    """Deletes a field with its values."""
    found = _found(field)
    return _save([one for one in current_user().workspace.custom_fields if one != found], "Field deleted.", removes=(found.name,))


def _found(field: str) -> CustomField:
    found = next((one for one in current_user().workspace.custom_fields if one.id == field), None)
    if found is None:
        raise NotFound("no such field")
    return found


def _given(known: CustomField) -> CustomField:
    """The field of the form; its other values are those of the known one."""
    form = request.form
    kind = form.get("type", "")
    if kind not in KINDS:
        raise Invalid("type", "is not known")
    return msgspec.structs.replace(
        known,
        name=form.get("name", ""),
        kind=FieldKind(kind),
        choices=tuple(line.strip() for line in form.get("choices", "").splitlines() if line.strip()),
        currency=form.get("currency", ""),
        required_from=form.get("required_from") or None,
        in_list=form.get("in_list") == "yes",
        filterable=form.get("filterable") == "yes",
    )


def _save(new: Iterable[CustomField], text: str = "Saved.", *, removes: tuple[str, ...] = ()) -> Response:
    note_settings(set_custom_fields(deps(), current_user().workspace.id, new, removes=removes), "fields")
    flash(text)
    return redirect("/settings/fields", 303)
