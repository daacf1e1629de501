"""/automations: what Leadlight does by itself, its preview, and the log of what it did. For admins; reps may preview."""

from typing import Any

from tracker.actions.automations import settings as actions
from tracker.actions.automations.histories import AutomationWorld, load_world
from tracker.actions.automations.outside_log import outside_of
from tracker.actions.automations.preview import preview
from tracker.actions.automations.undo_entry import undo_entry
from tracker.actions.automations.words import deeds_in_words, start_in_words
from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.automation import Automation
from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.pipeline.automations import (
    AutomationChange,
    AutomationEntryOut,
    AutomationIn,
    AutomationLogQuery,
    AutomationOut,
    AutomationPreviewIn,
    AutomationPreviewOut,
    automation_out,
    automation_preview_out,
    entry_out,
    merged,
)

operations = Operations()
_CHANGED = (AuditAction.SETTINGS_CHANGED,)
_SUBJECT = "automations"


@operations.add("GET", "/automations", response=List[AutomationOut], admin=True)
def list_automations(call: Call) -> List[AutomationOut]:
    """Lists the ready-made automations and the workspace's own."""
    world = load_world(call.deps, call.workspace)
    found = actions.automations_of(call.deps, call.workspace.id)
    return List[AutomationOut].model_construct(items=[_out(call, world, one) for one in found], next=None)


@operations.add("POST", "/automations", body=AutomationIn, response=AutomationOut, status=201, admin=True, audit=_CHANGED)
def add_automation(call: Call, body: AutomationIn) -> AutomationOut:
    """Adds an automation. It acts on what happens after it was switched on."""
    made = actions.add_automation(call.deps, call.workspace, name=body.name, content=body.value(), is_on=body.on)
    call.record(AuditAction.SETTINGS_CHANGED, _SUBJECT, added=made.name)
    return _out(call, load_world(call.deps, call.workspace), made)


def _authorize_replay(call: Call, stored: dict[str, Any]) -> None:
    for one in stored["starts"]:
        visible_lead(call, one["lead"])


@operations.add("POST", "/automations/preview", body=AutomationPreviewIn, response=AutomationPreviewOut, authorize_replay=_authorize_replay)
def preview_automation(call: Call, body: AutomationPreviewIn) -> AutomationPreviewOut:
    """Says for which leads an automation would have acted in the last days, of those the caller sees, without saving it."""
    content = actions.checked_content(call.deps, call.workspace, body.value())
    return automation_preview_out(preview(call.deps, call.viewer, content, days=body.days))


@operations.add("GET", "/automations/log", query=AutomationLogQuery, response=List[AutomationEntryOut], admin=True)
def list_automation_log(call: Call, query: AutomationLogQuery) -> List[AutomationEntryOut]:
    """Lists what automations did and why, the latest first."""
    page = call.store.automation_log.page(automation=query.automation, lead=query.lead, cursor=query.cursor, limit=query.limit)
    outside = outside_of(call.deps, call.workspace.id, page.items)
    return List[AutomationEntryOut].model_construct(items=[entry_out(one, outside.get(one.id, ())) for one in page.items], next=page.next)


@operations.add("POST", "/automations/log/{automation_entry}/undo", response=AutomationEntryOut, admin=True, audit=(AuditAction.RESTORED,))
def undo_automation_entry(call: Call, automation_entry: str) -> AutomationEntryOut:
    """Undoes what an automation did with a lead, within a day and while no one changed the same fields since."""
    undone = undo_entry(call.deps, call.workspace.id, automation_entry, actor=call.rep_id)
    call.record(AuditAction.RESTORED, "lead", automation=undone.automation, entry=undone.id)
    return entry_out(undone)


@operations.add("PATCH", "/automations/{automation}", body=AutomationChange, response=AutomationOut, admin=True, audit=_CHANGED)
def change_automation(call: Call, automation: str, body: AutomationChange) -> AutomationOut:
    """Switches an automation on or off, or changes it for what happens from now on."""
    known, given = actions.automation_of(call.deps, call.workspace.id, automation), body.given()
    if empty := next((name for name, value in given.items() if value is None and name != "version"), None):
        raise Invalid(empty, "cannot be emptied")
    if body.actions is not None:
        given["actions"] = [action.model_dump() for action in body.actions]
    content = merged(known, given) if given.keys() - {"name", "on", "version"} else None
    changed = actions.change_automation(
        call.deps, call.workspace, automation, version=body.version, name=body.name, is_on=body.on, content=content
    )
    call.record(AuditAction.SETTINGS_CHANGED, _SUBJECT, changed=changed.name, on="yes" if changed.is_on else "no")
    return _out(call, load_world(call.deps, call.workspace), changed)


@operations.add("DELETE", "/automations/{automation}", status=204, admin=True, audit=_CHANGED)
def remove_automation(call: Call, automation: str) -> None:
    """Removes one of the workspace's own automations; its log stays."""
    removed = actions.remove_automation(call.deps, call.workspace.id, automation)
    call.record(AuditAction.SETTINGS_CHANGED, _SUBJECT, removed=removed.name)


def _out(call: Call, world: AutomationWorld, automation: Automation) -> AutomationOut:
    return automation_out(
        automation, start_in_words(call.deps, call.viewer, world, automation.content), deeds_in_words(world, automation.content)
    )
