"""Settings, Pipeline, Fields: the custom fields of leads, in order. For admins."""

from collections.abc import Iterable
from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.changes.merging import merged
from tracker.actions.changes.settings import setting_changed_since
from tracker.actions.leads.custom_fields import set_custom_fields
from tracker.base.errors import Invalid, NotFound
from tracker.domain.workspace.custom_field import BUILT_IN_FIELDS, CustomField, FieldKind
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.seen import seen_values
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
    return _save((*current_user().workspace.custom_fields, CustomField(id="", **_values())), "Field added.")


@blueprint.post("/fields/<field>")
@admin
def change_field(field: str) -> Response:
    """Changes a field, or moves it up."""
    known, found = list(current_user().workspace.custom_fields), _found(field)
    at = known.index(found)
    if request.form.get("move") == "up":
        known[max(at - 1, 0) : at + 1] = known[max(at - 1, 0) : at + 1][::-1]
    else:
        kept = merged(found, _values(), seen_values(), lambda name: _told(found, name))
        known[at] = msgspec.structs.replace(found, **kept)
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


def _told(field: CustomField, name: str) -> str:
    """Who changed this property of the field, and to what."""
    return f"{setting_changed_since(deps(), current_user().workspace.id, 'fields', name, getattr(field, name))} ({field.name})"


def _values() -> dict[str, Any]:
    """What the form holds of a field."""
    form = request.form
    kind = form.get("type", "")
    if kind not in KINDS:
        raise Invalid("type", "is not known")
    return {
        "name": form.get("name", ""),
        "kind": FieldKind(kind),
        "choices": tuple(line.strip() for line in form.get("choices", "").splitlines() if line.strip()),
        "currency": form.get("currency", "") if kind == FieldKind.MONEY else "",
        "required_from": form.get("required_from") or None,
        "in_list": form.get("in_list") == "yes",
        "filterable": form.get("filterable") == "yes",
    }


def _save(new: Iterable[CustomField], text: str = "Saved.", *, removes: tuple[str, ...] = ()) -> Response:
    user = current_user()
    note_settings(set_custom_fields(deps(), user.workspace.id, new, removes=removes, version=user.workspace.version), "fields")
    flash(text)
    return redirect("/settings/fields", 303)
