"""Validation errors of pydantic as a field name and one sentence each. Called by problems.

Pydantic's own texts are never shown. An error type without an entry in the table gets the sentence `UNKNOWN`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

UNKNOWN = "has a value that this field does not accept"
_MAX_FIELDS = 20
_MAX_PART_LENGTH = 60
_LOCATION_TAGS = frozenset({"datetime", "date", "[key]", "constrained-str", "SourceIn"})
"""Parts of an error location that name an alternative type or a key, not a part of the request."""
_QUOTED = re.compile(r"'([^']*)'")

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldError:
    """The error of one field. `field` is dotted, such as `items.0.name`; `text` continues its name: `must be …`."""

    field: str
    text: str


def errors_of(error: ValidationError) -> list[FieldError]:
    """One entry per invalid field, at most twenty. Alternatives of one field are joined by `or`."""
    found: dict[str, list[str]] = {}
    for one in error.errors(include_url=False, include_input=False):
        texts = found.setdefault(_field(one["loc"], error.title), [])
        text = sentence(one["type"], one.get("ctx") or {})
        if text not in texts:
            texts.append(text)
    return [FieldError(field, _joined(texts)) for field, texts in list(found.items())[:_MAX_FIELDS]]


def is_malformed_json(error: ValidationError) -> bool:
    """Whether the body is not valid JSON."""
    return any(one["type"] == "json_invalid" for one in error.errors(include_url=False, include_input=False, include_context=False))


def sentence(kind: str, context: Context) -> str:
    """The sentence for pydantic's error type."""
    text = SENTENCES.get(kind, UNKNOWN)
    return text(context) if callable(text) else text


def _field(location: tuple[int | str, ...], whole: str) -> str:
    parts = (*location[:1], *(part for part in location[1:] if part not in _LOCATION_TAGS))
    return ".".join(str(part)[:_MAX_PART_LENGTH] for part in parts) or (whole if whole in ("body", "query") else "body")


def _joined(texts: list[str]) -> str:
    first, *others = texts
    return ", or ".join([first, *(text.removeprefix("must be ") for text in others)])


def _at_least(plural: str) -> Callable[[Context], str]:
    """The sentence for a minimum length; a minimum of 1 reads `must not be empty`."""

    def text(context: Context) -> str:
        least = context.get("min_length")
        return "must not be empty" if least == 1 else f"must have at least {least} {plural}"

    return text


def _at_most(singular: str, plural: str) -> Callable[[Context], str]:
    return lambda c: f"must have at most {c.get('max_length')} {singular if c.get('max_length') == 1 else plural}"


def _pattern(context: Context) -> str:
    return _PATTERNS.get(str(context.get("pattern")), "does not have the format of this field")


def _choice(context: Context) -> str:
    return f"must be one of {', '.join(_QUOTED.findall(str(context.get('expected'))))}"


_PATTERNS = {"^[0-9a-f]{32}$": "must be the id of a record: 32 hexadecimal digits in lower case"}

_TIMESTAMP = "must be a time with an offset from UTC, such as 2027-03-01T09:30:00Z"
_DAY = "must be a day, such as 2027-03-01"
_NUMBER = "must be a number"
_WHOLE = "must be a whole number"
_TEXT = "must be text"
_OBJECT = "must be an object"
_LIST = "must be a list"

SENTENCES: dict[str, str | Callable[[Context], str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "invalid_key": "has a name that is not text",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "none_required": "must be null",
    "greater_than": lambda c: f"must be more than {c.get('gt')}",
    "greater_than_equal": lambda c: f"must be at least {c.get('ge')}",
    "less_than": lambda c: f"must be less than {c.get('lt')}",
    "less_than_equal": lambda c: f"must be at most {c.get('le')}",
    "multiple_of": lambda c: f"must be a multiple of {c.get('multiple_of')}",
    "finite_number": _NUMBER,
    "too_short": _at_least("entries"),
    "too_long": _at_most("entry", "entries"),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
    "string_type": _TEXT,
    "string_unicode": "must be text in Unicode",
    "string_too_short": _at_least("characters"),
    "string_too_long": _at_most("character", "characters"),
    "string_pattern_mismatch": _pattern,
    "string_not_ascii": "must hold ASCII characters only",
    "enum": _choice,
    "literal_error": _choice,
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "must be a whole number of fewer digits",
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "date_past": "must be a day in the past",
    "date_future": "must be a day in the future",
    "datetime_type": _TIMESTAMP,
    "datetime_parsing": _TIMESTAMP,
    "datetime_object_invalid": _TIMESTAMP,
    "datetime_from_date_parsing": _TIMESTAMP,
    "datetime_past": "must be a time in the past",
    "datetime_future": "must be a time in the future",
    "timezone_aware": _TIMESTAMP,
    "timezone_offset": _TIMESTAMP,
    "timezone_naive": "must be a time without an offset",
    "time_type": "must be a time of day, such as 09:30",
    "time_parsing": "must be a time of day, such as 09:30",
    "url_type": "must be a URL",
    "url_parsing": "must be a URL",
    "url_syntax_violation": "must be a URL",
    "url_scheme": "must be a URL that begins with https:// or http://",
    "url_too_long": _at_most("character", "characters"),
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "union_tag_invalid": "has an unknown type",
    "union_tag_not_found": "has no type",
    "recursion_loop": "is nested too deeply",
    "recursion_depth_exceeded": "is nested too deeply",
}
"""By pydantic's error type. A test checks that every constraint of every schema has an entry."""
