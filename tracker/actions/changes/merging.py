"""Edits by several people: what someone else changed since a form was shown stays, and where both changed a field, the edit is refused. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tracker.actions.changes.values import CUSTOM, given_text, seen_text
from tracker.base.errors import Stale
from tracker.domain.leads.field_value import FieldValue, text_of
from tracker.domain.leads.lead import Lead

TRIES = 5
"""How often a record that changed between reading and writing is read again."""
BUSY = "this record is being changed by several requests; try again"


def merged(record: object, values: Mapping[str, Any], seen: Mapping[str, str], told: Callable[[str], str]) -> dict[str, Any]:
    """The values that the person changed. `seen`: those that they saw, by field (`seen_text`); `told`: who changed a field, and to what.

    Raises Stale for fields that someone else changed to another value.
    """
    kept, lost = {}, {}
    for name, value in values.items():
        was, new = seen.get(name), given_text(value)
        if was is None:
            kept[name] = value
        elif new != was and new != (now := seen_text(record, name)):
            kept[name] = value
            if was != now:
                lost[name] = now
    refuse(lost, told)
    return kept


def merged_fields(lead: Lead, own: Mapping[str, Any], seen: Mapping[str, str], told: Callable[[str], str]) -> dict[str, Any] | None:
    """All custom fields of the lead with these set, where `""` removes one; None where none changes. Raises Stale."""
    kept, lost = {}, {}
    for name, value in own.items():
        now, was = lead.fields.get(name), seen.get(CUSTOM + name)
        if text_of(value) in (_form_text(now), _seen_form_text(was)):
            continue
        kept[name] = value
        if was is not None and was != given_text(now):
            lost[CUSTOM + name] = given_text(now)
    refuse(lost, told)
    return {name: value for name, value in (dict(lead.fields) | kept).items() if value != ""} if kept else None


def _form_text(value: FieldValue | None) -> str:
    """The value as a form holds it."""
    return "" if value is None else text_of(value)


def _seen_form_text(seen: str | None) -> str | None:
    """What the form held; None where it does not say."""
    try:
        return None if seen is None else _form_text(msgspec.json.decode(seen, type=FieldValue | None))
    except msgspec.DecodeError:
        return None


def refuse(lost: Mapping[str, str], told: Callable[[str], str]) -> None:
    """Raises Stale that names each of these fields, which have these values by now."""
    if lost:
        raise Stale(f"{'. '.join(told(name) for name in lost)}. Your change was not saved", seen=lost)
