"""Changes in words: the names of fields, and who changed one last. Used where a change or an undo is refused."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.pipeline.stages import API
from tracker.base.money import exact_money
from tracker.domain.leads.change import LeadChangeRow
from tracker.domain.leads.field_value import text_of
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.qualification import BUYING_ROLES
from tracker.domain.pipeline.automation import AUTOMATION
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.sale import Sale
from tracker.domain.pipeline.task import Task

_NAMES = {
    "email": "email address",
    "external_url": "external link",
    "timezone": "time zone",
    "archived_at": "archive state",
    "dated_facts": "list of dates",
    "fields": "custom fields",
    "at": "time",
    "due": "due time",
    "sold_on": "day",
    "is_recurring": "recurring",
    "remind_minutes": "reminder",
    "is_shared": "sharing",
}
_OTHERS = {API: "a program", AUTOMATION: "an automation"}
_MINUTE, _HOUR = 60, 3600
_LONGEST = 60


def field_name(field: str) -> str:
    """`next action`, or the name of a custom field."""
    return _NAMES.get(field, field.removeprefix("fields.").replace("_", " "))


def changed_since(deps: Deps, lead: Lead, field: str) -> str:
    """`Stage was changed to Negotiation by Tom Birch, 2 minutes ago`, without what is not known."""
    is_task = field == "next_action"
    by = _by_whom(deps, lead.workspace, lead.id, lambda row: field in row.fields or (is_task and row.task is not None))
    return sentence(field, _value(deps, lead, field), by)


def record_field_changed_since(deps: Deps, record: Note | Sale | Task, kind: str, field: str) -> str:
    """As `changed_since`, of a field of a note, sale or task."""
    by = _by_whom(deps, record.workspace, record.lead, lambda row: _sets(row, kind, record.id, field))
    return sentence(field, _record_value(deps, record, field), by)


def _sets(row: LeadChangeRow, kind: str, record: str, field: str) -> bool:
    """Whether the change set this field of the record."""
    change = row.task if kind == "task" else row.record if row.record_kind == kind else None
    if change is None or not (change.new and change.old) or change.new["id"] != record:
        return False
    return bool(change.new.get(field) != change.old.get(field))


def sentence(field: str, value: str | None, by: str = "") -> str:
    """`Need was changed to “X”`, with `by`. An empty value is said; None is not known."""
    name = field_name(field)
    text = f"{name[:1].upper()}{name[1:]} was changed"
    text += f" to {value}" if value else " and is empty now" if value is not None else ""
    return f"{text}{by}"


def record_changed_since(deps: Deps, row: LeadChangeRow, kind: str, record: str, *, is_gone: bool) -> str:
    """`The note was changed by Tom Birch, 2 minutes ago`, or `deleted`: the task, note or sale of a change, by id."""

    def is_meant(one: LeadChangeRow) -> bool:
        changes = (change for change in (one.task, one.record) if change and one.id != row.id)
        return any((change.new or change.old)["id"] == record and (change.new is None) == is_gone for change in changes)

    return f"The {kind} was {'deleted' if is_gone else 'changed'}{_by_whom(deps, row.workspace, row.lead, is_meant)}"


def _by_whom(deps: Deps, workspace: str, lead: str, is_meant: Callable[[LeadChangeRow], bool]) -> str:
    """Who made the latest change of the lead that is meant, and when; empty where that is not known."""
    row = next((one for one in deps.store.of(workspace).changes.of_lead(lead) if is_meant(one)), None)
    return by_whom(deps, workspace, row.actor, row.at) if row else ""


def by_whom(deps: Deps, workspace: str, actor: str | None, at: datetime) -> str:
    """` by Tom Birch, 2 minutes ago`."""
    rep = deps.store.of(workspace).reps.find(actor) if actor not in (None, API, AUTOMATION) else None
    who = rep.name if rep else _OTHERS.get(actor or API, "a former rep")
    return f" by {who}, {_ago(at, deps.now())}"


def _ago(at: datetime, now: datetime) -> str:
    seconds = max(0, round((now - at).total_seconds()))
    if seconds < _MINUTE:
        return "just now"
    number, unit = (seconds // _MINUTE, "minute") if seconds < _HOUR else (seconds // _HOUR, "hour")
    return f"{number} {unit}{'' if number == 1 else 's'} ago"


def _value(deps: Deps, lead: Lead, field: str) -> str | None:
    """The field's value now in words; None for one that words do not show."""
    found: Any = None
    if field.startswith("fields."):
        found = text_of(lead.fields.get(field.removeprefix("fields."), ""))
    elif field == "stage":
        found = deps.store.workspaces.get(lead.workspace).stage_name(lead.stage)
    elif field == "owner":
        rep = deps.store.of(lead.workspace).reps.find(lead.owner) if lead.owner else None
        found = rep.name if rep else "No owner"
    elif field == "next_action":
        found = lead.next_action.text if lead.next_action else ""
    elif field == "referred_by":
        found = lead.referred_by.text if lead.referred_by else ""
    elif field == "buying_role":
        found = BUYING_ROLES.get(lead.buying_role or "", "")
    elif field == "value":
        found = exact_money(lead.value.amount, lead.value.currency) if lead.value else ""
    else:
        found = getattr(lead, field, None)
    return quoted(found)


def _record_value(deps: Deps, record: Note | Sale | Task, field: str) -> str | None:
    found: Any = getattr(record, field, None)
    if field == "rep":
        rep = deps.store.of(record.workspace).reps.find(found) if found else None
        found = rep.name if rep else "No owner"
    elif field == "amount" and isinstance(record, Sale):
        found = exact_money(record.amount, record.currency)
    elif field == "result":
        found = (found or "").replace("_", " ")
    return quoted(found)


def quoted(value: Any) -> str | None:
    """A text, number, day or list in quotation marks; a yes or no as such; empty for none, and None for what words do not show."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return f"{value:%-d %b %Y %H:%M} UTC" if isinstance(value, datetime) else f"{value:%-d %b %Y}"
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        value = ", ".join(value)
    if value is None or value == "":
        return ""
    text = str(value)
    return f"“{text[:_LONGEST]}{'…' if len(text) > _LONGEST else ''}”" if isinstance(value, str | int) else None
