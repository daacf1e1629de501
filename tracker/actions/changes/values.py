"""The fields of a lead as a change records them: as they are stored, custom fields one by one. Pure. Used by the other modules here."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tracker.domain.leads.change import FieldChange
from tracker.domain.leads.lead import Lead
from tracker.store.core.records import plain

CUSTOM = "fields."
_FOLLOWING = {"company": ("company_id",), "owner": ("owner_since",), "stage": ("stage_since", "lost_reason", "categories")}
"""Fields that are set with another one."""
NOT_COMPARED = frozenset({"owner_since", "stage_since", "lost_reason", "company_id"})
"""They follow another field, so that a change of them alone refuses no undo."""


def value_of(lead: Lead, field: str) -> Any:
    """The stored value of a field; None for a custom field without one."""
    if field.startswith(CUSTOM):
        return lead.fields.get(field.removeprefix(CUSTOM))
    return as_stored(getattr(lead, field))


def as_stored(value: object) -> Any:
    """A value, such as a task, as it is read back: tuples as lists."""
    found = plain(value)
    if isinstance(found, dict):
        return {name: as_stored(one) for name, one in found.items()}
    return list(found) if isinstance(found, tuple) else found


def stored_record(record: object) -> Any:
    """A task, note or sale as it is read back, without its version, which every write raises."""
    found = as_stored(record)
    return {name: value for name, value in found.items() if name != "version"} if found else found


def differences(before: Lead, after: Lead, names: Iterable[str]) -> dict[str, FieldChange]:
    """Those of the named fields, with what follows from them, that have another value after the change."""
    paths: list[str] = []
    for name in names:
        if name == "fields":
            paths += [f"{CUSTOM}{key}" for key in sorted(before.fields.keys() | after.fields.keys())]
        else:
            paths += [name, *_FOLLOWING.get(name, ())]
    found = {path: FieldChange(value_of(before, path), value_of(after, path)) for path in paths}
    changed = {path: one for path, one in found.items() if one.old != one.new}
    return {path: one for path, one in changed.items() if path not in NOT_COMPARED or not changed.keys() <= NOT_COMPARED}


def restored(lead: Lead, fields: Mapping[str, FieldChange]) -> dict[str, Any]:
    """The values to set on the lead, so that these fields are as they were before."""
    values = {path: one.old for path, one in fields.items() if not path.startswith(CUSTOM)}
    custom = {path.removeprefix(CUSTOM): one.old for path, one in fields.items() if path.startswith(CUSTOM)}
    if custom:
        values["fields"] = {name: value for name, value in (dict(lead.fields) | custom).items() if value is not None}
    return values


def seen_text(record: object, field: str) -> str:
    """The field's value as a form carries it, to find out whether someone else changed it meanwhile. A custom field: `fields.NAME`."""
    if field.startswith(CUSTOM):
        return given_text(record.fields.get(field.removeprefix(CUSTOM)))  # type: ignore[attr-defined]
    return given_text(getattr(record, field))


def given_text(value: object) -> str:
    """A new value in the form of `seen_text`."""
    return msgspec.json.encode(plain(value)).decode()
