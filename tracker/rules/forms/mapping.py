"""Which fields of a form say who sent it: a guess from types and names, and the values of a sent form. Pure."""

import re
from collections.abc import Mapping

import msgspec

from tracker.domain.activity.form import MAPPED, Form, FormField, FormMapping
from tracker.rules.forms.identity import stem
from tracker.rules.forms.words import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, MESSAGE, NAME, PHONE, TRAP

_TYPES = {"email": "email", "tel": "phone", "textarea": "message"}
_NAMES = (
    *((re.compile(EMAIL), "email"), (re.compile(PHONE), "phone"), (re.compile(COMPANY), "company")),
    *((re.compile(FIRST_NAME), "first_name"), (re.compile(LAST_NAME), "last_name"), (re.compile(NAME), "name")),
    (re.compile(MESSAGE), "message"),
)
_TRAP = re.compile(TRAP)
_NOT_TEXT = frozenset({"checkbox", "radio", "password", "file", "select-one", "select-multiple"})


def fields_of(form: Form) -> tuple[str, ...]:
    """The names of its fields that may be mapped."""
    return tuple(dict.fromkeys(one.name for one in form.fields if one.name and one.type not in _NOT_TEXT))


def guessed_mapping(form: Form) -> FormMapping | None:
    """The mapping that types and names suggest; None where no field is for an email address."""
    found: dict[str, str] = {}
    for one in sorted(form.fields, key=lambda field: field.type not in _TYPES):
        meaning = _meaning(one)
        if meaning and one.name and one.name not in found.values():
            found.setdefault(meaning, one.name)
    return msgspec.convert(found, FormMapping) if "email" in found else None


def mapped_values(mapping: FormMapping, fields: Mapping[str, str]) -> dict[str, str]:
    """What the sender said, by `MAPPED`, without empty values; the name in one piece."""
    by_stem: dict[str, str] = {}
    for name, value in fields.items():
        if value.strip():
            by_stem.setdefault(stem(name), value.strip())
    chosen = msgspec.structs.asdict(mapping)
    found = {meaning: by_stem[chosen[meaning]] for meaning in MAPPED if chosen[meaning] in by_stem}
    parts = [found.pop("first_name", ""), found.pop("last_name", "")]
    if whole := found.get("name") or " ".join(part for part in parts if part):
        found["name"] = whole
    return found


def _meaning(one: FormField) -> str | None:
    if one.type in _NOT_TEXT or _TRAP.search(one.name):
        return None
    return _TYPES.get(one.type) or next((meaning for words, meaning in _NAMES if words.search(one.name)), None)
