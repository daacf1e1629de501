"""Settings, Pipeline: the stages in order, with meaning and usual days. For admins."""

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.changes.settings import check_items
from tracker.actions.pipeline.pipeline import set_stages
from tracker.base.errors import Invalid
from tracker.domain.workspace.stage import STAGE_TEMPLATES, Stage
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.seen import seen_values

blueprint = Blueprint("pipeline_stages", __name__, url_prefix="/settings")

TEMPLATES = {"standard": "New to Won, seven stages", "warmth": "Cold, prospect, warm, hot, customer"}


@blueprint.get("/stages")
@admin
def stages() -> str:
    """The pipeline, in order."""
    counts = workspace_store().leads.counts_by("stage")
    return render_template(
        "settings/pipeline/stages.html", section="settings", tab="stages", page="stages", counts=counts, templates=TEMPLATES
    )


@blueprint.post("/stages")
@admin
def save_stages() -> Response:
    """Saves the stages; one without a name, or with a stage for its leads, is removed. Renamed stages keep their leads."""
    form, user = request.form, current_user()
    known = deps().store.workspaces.get(user.workspace.id)
    check_items(deps(), known.id, "stages", "stages", seen_values().get("stages"), known.stages)
    rows = [_stage(number) for number in range(len(form.getlist("name")))]
    rows = _moved(rows, form.get("move", ""))
    moves_to = {row.id: form[f"to-{row.id}"] for row in rows if form.get(f"to-{row.id}")}
    kept = [row for row in rows if row.name and row.id not in moves_to]
    changed = set_stages(deps(), known.id, kept, moves_to=moves_to, actor=user.rep.id, version=known.version)
    note_settings(changed, "stages")
    flash("Saved.")
    return redirect("/settings/stages", 303)


@blueprint.post("/stages/template")
@admin
def use_template() -> Response:
    """Replaces the stages with those of a template. Refused where leads are in a stage that the template lacks."""
    stages = STAGE_TEMPLATES.get(request.form.get("template", ""))
    if stages is None:
        raise Invalid("template", "is not known")
    note_settings(set_stages(deps(), current_user().workspace.id, stages, actor=current_user().rep.id), "stages")
    flash("Saved.")
    return redirect("/settings/stages", 303)


def _stage(number: int) -> Stage:
    """The stage in this row of the form."""
    form = request.form

    def one(name: str) -> str:
        values = form.getlist(name)
        return values[number].strip() if number < len(values) else ""

    days = one("usual_days")
    if days and not days.isdecimal():
        raise Invalid("usual_days", "must be a whole number, or empty")
    return Stage(
        one("name"),
        one("kind") or "open",
        id=one("id"),
        meaning=one("meaning"),
        usual_days=int(days) if days else None,
        is_qualified=bool(one("id")) and form.get("qualified") == one("id"),
    )


def _moved(rows: list[Stage], move: str) -> list[Stage]:
    """The rows with one of them moved up: `up-3` swaps the fourth row with the third."""
    word, _, text = move.partition("-")
    if word != "up" or not text.isdecimal() or not 0 < int(text) < len(rows):
        return rows
    at = int(text)
    rows[at - 1 : at + 1] = [rows[at], rows[at - 1]]
    return [msgspec.structs.replace(row) for row in rows]
