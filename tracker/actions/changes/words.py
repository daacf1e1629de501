"""Changes in words: the names of fields, and who changed one last. Used where a change or an undo is refused."""

from datetime import datetime
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.pipeline.stages import API
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
    return f"{text}{_by_whom(deps, lead, field)}"


def _by_whom(deps: Deps, lead: Lead, field: str) -> str:
    here = deps.store.of(lead.workspace)
    rows = (row for row in here.changes.of_lead(lead.id) if field in row.fields or (field == "next_action" and row.task))
    row = next(rows, None)
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
