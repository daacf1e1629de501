"""Settings, Automations, Add automation: the form of one of the workspace's own, with what it would have done. For admins."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.automations import settings
from tracker.actions.automations.preview import preview
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.automation import Automation, AutomationContent, AutomationTrigger
from tracker.rules.conditions.condition import ConditionGroup, parsed, plain
from tracker.rules.conditions.describe import flat_terms, is_any_of
from tracker.web.console.audit_log import note
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.errors import sentence
from tracker.web.console.pages.leads.condition_panel import condition_choices
from tracker.web.console.pages.leads.condition_rows import ConditionRow, condition_of, row_of, rows_of
from tracker.web.console.pages.settings.pipeline.automation_form import TRIGGERS, content_of, deed_options, shown_deed

blueprint = Blueprint("automation_builder", __name__, url_prefix="/settings/automations")
_FRAME = {"section": "settings", "tab": "automations"}
_NEW = "new"
_PERIODS = (("30", "the last 30 days"), ("92", "the last 92 days"))
_SHOWN = 50


@blueprint.get("/<automation>/edit")
@admin
def edit(automation: str) -> str:
    """The form of one of the workspace's own automations; of a new one (`new`), empty or a copy of the one that `of` names."""
    name, content, version = _known(automation)
    if automation == _NEW and (key := request.args.get("of")):
        copied = settings.automation_of(deps(), current_user().workspace.id, key)
        if copied.content.trigger in (AutomationTrigger.SENT, AutomationTrigger.HALF_YEAR):
            raise NotFound("it cannot be copied")
        name, content = f"{copied.name}, copy"[:80], copied.content
    condition = parsed(content.condition) if content.condition else ConditionGroup(())
    terms = flat_terms(condition)
    return _form(
        automation, name, content, tuple(map(row_of, terms or ())), version=version, is_any=is_any_of(condition), is_nested=terms is None
    )


@blueprint.post("/<automation>/edit")
@admin
def save(automation: str) -> str | Response | tuple[str, int]:
    """Previews or saves it."""
    form, viewer = request.form, current_user().viewer
    _, known, _ = _known(automation)
    rows, is_any, is_nested = rows_of(form), form.get("match") == "any", "nested" in form
    condition = condition_of(rows, is_any=is_any)
    given = content_of(form, _nested(form["nested"], known) if is_nested else plain(condition) if condition else {})
    name, version = form.get("name", "").strip(), form.get("version", "")
    more: dict[str, Any] = {"version": version, "is_any": is_any, "is_nested": is_nested}
    if any(key in form for key in ("add", "drop", "add_action", "drop_action")) or any(row.problem for row in rows):
        return _form(automation, name, given, rows, **more)
    try:
        if "preview" in form:
            checked = settings.checked_content(deps(), viewer.workspace, given)
            days = int(form["days"]) if form.get("days") in dict(_PERIODS) else int(_PERIODS[0][0])
            return _form(automation, name, given, rows, found=preview(deps(), viewer, checked, days=days), **more)
        saved = _save(automation, name, given, version)
    except (Invalid, Conflict) as error:
        return _form(automation, name, given, rows, problem=_problem(error), **more), 422
    flash("Saved" if saved.is_on else "Saved. It is off until you switch it on.")
    return redirect(f"/settings/automations/{saved.id}", 303)


def _save(key: str, name: str, content: AutomationContent, version: str) -> Automation:
    workspace = current_user().workspace
    if key == _NEW:
        saved = settings.add_automation(deps(), workspace, name=name, content=content)
        note(AuditAction.SETTINGS_CHANGED, "automations", added=saved.name)
    else:
        seen = int(version) if version.isdecimal() and len(version) < 10 else None  # noqa: PLR2004 - digits
        saved = settings.change_automation(deps(), workspace, key, version=seen, name=name, content=content)
        note(AuditAction.SETTINGS_CHANGED, "automations", changed=saved.name, on="yes" if saved.is_on else "no")
    return saved


def _known(key: str) -> tuple[str, AutomationContent, str]:
    """Name, content and version of the automation, or of an empty one. Raises NotFound, also for a ready-made one."""
    if key == _NEW:
        return "", AutomationContent(trigger=AutomationTrigger.CREATED), ""
    found = settings.automation_of(deps(), current_user().workspace.id, key)
    if found.is_shipped:
        raise NotFound("a ready-made automation is copied, not changed")
    return found.name, found.content, str(found.version)


def _nested(source: str, known: AutomationContent) -> dict[str, Any]:
    """A condition of a program, which the form cannot show: that of the automation, or of the one that is copied."""
    if not source:
        return known.condition
    return settings.automation_of(deps(), current_user().workspace.id, source).content.condition


def _form(key: str, name: str, content: AutomationContent, rows: tuple[ConditionRow, ...], **more: Any) -> str:
    found, workspace = more.pop("found", None), current_user().workspace
    return render_template(
        "settings/automation_form.html",
        **_FRAME,
        key=key,
        name=name,
        content=content,
        triggers=TRIGGERS,
        stages=[("", "Any stage"), *((stage.id, stage.name) for stage in workspace.stages)],
        date_fields=[(field.name, field.name) for field in workspace.custom_fields],
        deeds=[shown_deed(action) for action in content.actions],
        new_deeds=deed_options(content),
        found=found,
        starts=found.starts[:_SHOWN] if found else (),
        periods=_PERIODS,
        source=request.args.get("of", ""),
        **{"is_any": False, "is_nested": False, "problem": "", "version": ""} | more,
        **condition_choices(rows, is_for_all=True),
    )


_NAMES = {"number": "The number of days", "text": "The stage or field", "name": "The name", "condition": "The condition"}


def _problem(error: Invalid | Conflict) -> str:
    if isinstance(error, Conflict):
        return sentence(error)
    return f"{_NAMES.get(error.field, 'Actions:' if error.field == 'actions' else error.field.capitalize())} {error}."
