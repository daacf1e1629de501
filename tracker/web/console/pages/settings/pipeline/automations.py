"""Settings, Automations: switches, numbers, what each would have done, and the log. For admins."""

from dataclasses import dataclass

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.automations import settings
from tracker.actions.automations.histories import AutomationWorld, load_world
from tracker.actions.automations.outside_log import OutsideState, outside_of, try_outside_again
from tracker.actions.automations.preview import preview
from tracker.actions.automations.undo_entry import WINDOW, undo_entry
from tracker.actions.automations.words import deeds_in_words, start_in_words
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.automation import BY_DAYS, BY_HOURS, Automation, AutomationEntry, AutomationState
from tracker.rules.automations.shipped import SHIPPED
from tracker.web.console.audit_log import note
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.errors import sentence
from tracker.web.console.pages.lead.edits import sentence_of

blueprint = Blueprint("automations", __name__, url_prefix="/settings/automations")
_FRAME = {"section": "settings", "tab": "automations"}
_PREVIEW_DAYS = 30
_SHOWN, _LOGGED = 20, 30
_LONGEST_NUMBER = 5


@dataclass(frozen=True, slots=True)
class ShownAutomation:
    """An automation in words."""

    automation: Automation
    meaning: str
    starts: str
    does: str

    @property
    def has_number(self) -> bool:
        """Whether its number can be set."""
        return self.automation.content.trigger in BY_DAYS | BY_HOURS

    @property
    def unit(self) -> str:
        """What the number counts."""
        return unit_of(self.automation)


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry of the log with names."""

    entry: AutomationEntry
    automation: str
    lead: Lead | None
    outside: list[OutsideState]

    @property
    def can_undo(self) -> bool:
        """Whether it may still be taken back."""
        is_recent = deps().now() - self.entry.at < WINDOW or any(one.state == "waiting" for one in self.outside)
        return self.entry.state is AutomationState.DONE and bool(self.entry.lead) and is_recent


@blueprint.get("")
@admin
def page() -> str:
    """All automations, and what was done last."""
    found, world = settings.automations_of(deps(), current_user().workspace.id), _world()
    shown = [_shown(world, one) for one in found]
    return render_template(
        "settings/automations.html",
        **_FRAME,
        shipped=[one for one in shown if one.automation.is_shipped],
        own=[one for one in shown if not one.automation.is_shipped],
        entries=_entries(found),
    )


@blueprint.get("/<automation>")
@admin
def one(automation: str) -> str:
    """One automation with its number, what it would have done in the last days, and its log."""
    return _one(settings.automation_of(deps(), current_user().workspace.id, automation))


@blueprint.post("/<automation>")
@admin
def save(automation: str) -> Response | tuple[str, int]:
    """Sets the number, and switches the automation on or off."""
    workspace, text = current_user().workspace, request.form.get("number", "").strip()
    known = settings.automation_of(deps(), workspace.id, automation)
    try:
        content = msgspec.structs.replace(known.content, number=_number(text)) if text else None
        switch = request.form.get("switch", "")
        is_on = switch == "on" if switch in ("on", "off") else None
        changed = settings.change_automation(deps(), workspace, automation, is_on=is_on, content=content)
    except (Invalid, Conflict) as error:
        return _one(known, f"The number of {unit_of(known)} {error}." if isinstance(error, Invalid) else sentence(error)), 422
    note(AuditAction.SETTINGS_CHANGED, "automations", changed=changed.name, on="yes" if changed.is_on else "no")
    flash(f"{changed.name}: {'on' if changed.is_on else 'off'}")
    return redirect(f"/settings/automations/{automation}", 303)


@blueprint.post("/<automation>/remove")
@admin
def remove(automation: str) -> Response:
    """Removes one of the workspace's own automations. Raises NotFound, Conflict."""
    removed = settings.remove_automation(deps(), current_user().workspace.id, automation)
    note(AuditAction.SETTINGS_CHANGED, "automations", removed=removed.name)
    flash("Automation removed")
    return redirect("/settings/automations", 303)


@blueprint.post("/log/<entry>/undo")
@admin
def undo(entry: str) -> Response:
    """Takes back what an automation did with a lead. Raises NotFound."""
    try:
        undone = undo_entry(deps(), current_user().workspace.id, entry, actor=current_user().rep.id)
    except Conflict as error:
        flash(sentence(error))
    else:
        note(AuditAction.RESTORED, "lead", automation=undone.automation, entry=undone.id)
        flash("Undone")
    return redirect("/settings/automations#log", 303)


def unit_of(automation: Automation) -> str:
    """What its number counts."""
    return "hours" if automation.content.trigger in BY_HOURS else "days"


@blueprint.post("/effects/<effect>/retry")
@admin
def retry(effect: str) -> Response:
    """Sends an email or event again that was interrupted or refused. Raises NotFound."""
    try:
        try_outside_again(deps(), current_user().workspace.id, effect)
    except (Conflict, Invalid, DeliveryError) as error:
        flash(sentence_of(error) if isinstance(error, Invalid) else sentence(error), "error")
    else:
        note(AuditAction.SETTINGS_CHANGED, "automations", sent_again="yes")
        flash("Sent again.")
    return redirect("/settings/automations#log", 303)


def _number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or not text.removeprefix("-").isdecimal():
        raise Invalid("number", "must be a whole number")
    return int(text)


def _one(found: Automation, problem: str = "") -> str:
    seen = preview(deps(), current_user().viewer, found.content, days=_PREVIEW_DAYS)
    return render_template(
        "settings/automation.html",
        **_FRAME,
        shown=_shown(_world(), found),
        problem=problem,
        given=request.form.get("number", str(found.content.number)),
        preview=seen,
        starts=seen.starts[:_SHOWN],
        entries=_entries([found], found.id),
    )


def _world() -> AutomationWorld:
    return load_world(deps(), current_user().workspace)


def _shown(world: AutomationWorld, found: Automation) -> ShownAutomation:
    meaning = SHIPPED[found.id].meaning if found.is_shipped else ""
    return ShownAutomation(
        found, meaning, start_in_words(deps(), current_user().viewer, world, found.content), deeds_in_words(world, found.content)
    )


def _entries(automations: list[Automation], automation: str | None = None) -> list[ShownEntry]:
    names = {found.id: found.name for found in automations}
    found = workspace_store().automation_log.page(automation=automation, limit=_LOGGED).items
    leads = workspace_store().leads.by_ids(entry.lead for entry in found)
    outside = outside_of(deps(), current_user().workspace.id, found)
    return [
        ShownEntry(entry, names.get(entry.automation, "A removed automation"), leads.get(entry.lead), outside.get(entry.id, []))
        for entry in found
    ]
