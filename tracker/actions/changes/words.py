"""Changes in words: the names of fields, and who changed one last. Used where a change or an undo is refused."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.pipeline.stages import API
from tracker.domain.leads.change import LeadChangeRow
from tracker.domain.leads.lead import Lead

_NAMES = {
    "email": "email address",
    "external_url": "external link",
    "timezone": "time zone",
    "archived_at": "archive state",
    "dated_facts": "list of dates",
    "fields": "custom fields",
}
_MINUTE, _HOUR = 60, 3600
_LONGEST = 60


def field_name(field: str) -> str:
    """`next action`, or the name of a custom field."""
    return _NAMES.get(field, field.removeprefix("fields.").replace("_", " "))


def changed_since(deps: Deps, lead: Lead, field: str) -> str:
    """`Stage was changed to Negotiation by Tom Birch, 2 minutes ago`, without what is not known."""
    name, value = field_name(field), _value(deps, lead, field)
    text = f"{name[:1].upper()}{name[1:]} was changed"
    text += f" to {value}" if value else " and is empty now" if value is not None else ""
    is_task = field == "next_action"
    return text + _by_whom(deps, lead.workspace, lead.id, lambda row: field in row.fields or (is_task and row.task is not None))


def record_changed_since(deps: Deps, row: LeadChangeRow, kind: str, record: str, *, is_gone: bool) -> str:
    """`The note was changed by Tom Birch, 2 minutes ago`, or `deleted`: the task, note or sale of a change, by id."""

    def is_meant(one: LeadChangeRow) -> bool:
        changes = (change for change in (one.task, one.record) if change and one.id != row.id)
        return any((change.new or change.old)["id"] == record and (change.new is None) == is_gone for change in changes)

    return f"The {kind} was {'deleted' if is_gone else 'changed'}{_by_whom(deps, row.workspace, row.lead, is_meant)}"


def _by_whom(deps: Deps, workspace: str, lead: str, is_meant: Callable[[LeadChangeRow], bool]) -> str:
    """Who made the latest change of the lead that is meant, and when; empty where that is not known."""
    here = deps.store.of(workspace)
    row = next((one for one in here.changes.of_lead(lead) if is_meant(one)), None)
    if row is None:
        return ""
    rep = here.reps.find(row.actor) if row.actor != API else None
    who = rep.name if rep else "a program" if row.actor == API else "a former rep"
    return f" by {who}, {_ago(row.at, deps.now())}"


def _ago(at: datetime, now: datetime) -> str:
    seconds = max(0, round((now - at).total_seconds()))
    if seconds < _MINUTE:
        return "just now"
    number, unit = (seconds // _MINUTE, "minute") if seconds < _HOUR else (seconds // _HOUR, "hour")
    return f"{number} {unit}{'' if number == 1 else 's'} ago"


def _value(deps: Deps, lead: Lead, field: str) -> str | None:
    """The field's value now in words; None for one that words do not show."""
    if field.startswith("fields."):
        found: Any = lead.fields.get(field.removeprefix("fields."), "")
    elif field == "stage":
        found = deps.store.workspaces.get(lead.workspace).stage_name(lead.stage)
    elif field == "owner":
        rep = deps.store.of(lead.workspace).reps.find(lead.owner) if lead.owner else None
        found = rep.name if rep else "No owner"
    elif field == "next_action":
        found = lead.next_action.text if lead.next_action else ""
    elif field == "tags":
        found = ", ".join(lead.tags)
    else:
        found = getattr(lead, field, None) or ""
    if not isinstance(found, str):
        return None
    return f"“{found[:_LONGEST]}{'…' if len(found) > _LONGEST else ''}”" if found else ""
