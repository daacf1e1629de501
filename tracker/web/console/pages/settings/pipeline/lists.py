"""Settings, Pipeline: the lists of reasons, products, categories and touch types. For admins."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.changes.merging import merged
from tracker.actions.changes.settings import setting_changed_since
from tracker.actions.workspace import workspaces
from tracker.domain.workspace.touch_type import ICONS, TouchType
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.seen import seen_values

blueprint = Blueprint("pipeline_lists", __name__, url_prefix="/settings")


@blueprint.get("/reasons")
@admin
def reasons() -> str:
    """Reasons for won and lost leads."""
    return render_template("settings/pipeline/reasons.html", section="settings", tab="stages", page="reasons")


@blueprint.post("/reasons")
@admin
def save_reasons() -> Response:
    """Saves them."""
    return _save("reasons", won_reasons=_lines("won"), lost_reasons=_lines("lost"))


@blueprint.get("/products")
@admin
def products() -> str:
    """What the company sells."""
    return render_template("settings/pipeline/products.html", section="settings", tab="stages", page="products")


@blueprint.post("/products")
@admin
def save_products() -> Response:
    """Saves it."""
    return _save("products", products=_lines("products"))


@blueprint.get("/categories")
@admin
def categories() -> str:
    """What leads are sorted by besides their stage."""
    return render_template("settings/pipeline/categories.html", section="settings", tab="stages", page="categories")


@blueprint.post("/categories")
@admin
def save_categories() -> Response:
    """Saves them."""
    return _save("categories", categories=_lines("categories"))


@blueprint.get("/touches")
@admin
def touches() -> str:
    """What reps record by one click on the page of a lead."""
    return render_template("settings/pipeline/touches.html", section="settings", tab="stages", page="touches", icons=ICONS)


@blueprint.post("/touches")
@admin
def save_touches() -> Response:
    """Saves them; one without a name is removed."""
    rows = zip(*(request.form.getlist(name) for name in ("name", "icon", "direction")), strict=False)
    return _save("touches", touch_types=tuple(TouchType(name, icon, direction) for name, icon, direction in rows if name.strip()))


def _save(page: str, **values: Any) -> Response:
    known = deps().store.workspaces.get(current_user().workspace.id)
    kept = merged(known, values, seen_values(), lambda name: setting_changed_since(deps(), known.id, page, name, getattr(known, name)))
    note_settings(workspaces.change_workspace(deps(), known.id, version=known.version, **kept), page)
    flash("Saved.")
    return redirect(f"/settings/{page}", 303)


def _lines(name: str) -> tuple[str, ...]:
    """One entry a line; entries may contain commas."""
    return tuple(line.strip() for line in request.form.get(name, "").splitlines() if line.strip())
