"""Validation errors in our own words: from what pydantic reports to the field and one sentence about it. Called by problems.

The validator's English is never passed on. An error type that is not in the table gets the sentence `UNKNOWN`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

UNKNOWN = "is not a value that this call takes"
_MOST_FIELDS = 20
_LONGEST_PART = 60
_TAGS = frozenset({"datetime", "date", "[key]"})
"""Parts of a location that name no part of the request: which alternative was tried, or that a key itself is meant."""
_QUOTED = re.compile(r"'([^']*)'")

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field. `field` is dotted, such as `items.0.name`; `text` continues its name: `must be …`."""

    field: str
    text: str


def errors_of(error: ValidationError) -> list[FieldError]:
    """One entry per field that will not do, at most twenty. The alternatives that a field may take are joined by `or`."""
    found: dict[str, list[str]] = {}
    for one in error.errors(include_url=False, include_input=False):
        texts = found.setdefault(_field(one["loc"], error.title), [])
        text = sentence(one["type"], one.get("ctx") or {})
        if text not in texts:
            texts.append(text)
    return [FieldError(field, _joined(texts)) for field, texts in list(found.items())[:_MOST_FIELDS]]


def is_no_json(error: ValidationError) -> bool:
    """Whether the body could not be read as JSON at all."""
    return any(one["type"] == "json_invalid" for one in error.errors(include_url=False, include_input=False, include_context=False))


def sentence(kind: str, context: Context) -> str:
    """What a value must be, by the validator's name for what is wrong with it."""
    words = SENTENCES.get(kind, UNKNOWN)
    return words(context) if callable(words) else words


def _field(location: tuple[int | str, ...], whole: str) -> str:
    parts = location[:-1] if len(location) > 1 and location[-1] in _TAGS else location
    return ".".join(str(part)[:_LONGEST_PART] for part in parts) or (whole if whole in ("body", "query") else "body")


def _joined(texts: list[str]) -> str:
    first, *others = texts
    return ", or ".join([first, *(text.removeprefix("must be ") for text in others)])


def _at_least(several: str) -> Callable[[Context], str]:
    """For a least length; to need at least one is not to be empty."""

    def words(context: Context) -> str:
        least = context.get("min_length")
        return "must not be empty" if least == 1 else f"must have at least {least} {several}"

    return words


def _at_most(one: str, several: str) -> Callable[[Context], str]:
    return lambda c: f"must have at most {c.get('max_length')} {one if c.get('max_length') == 1 else several}"


def _pattern(context: Context) -> str:
    return _PATTERNS.get(str(context.get("pattern")), "is not written as this field needs it")


def _choice(context: Context) -> str:
    return f"must be one of {', '.join(_QUOTED.findall(str(context.get('expected'))))}"


_PATTERNS = {"^[0-9a-f]{32}$": "must be the id of a record: 32 hexadecimal digits in lower case"}

_MOMENT = "must be a moment with its offset from UTC, such as 2027-03-01T09:30:00Z"
_DAY = "must be a day, such as 2027-03-01"
_NUMBER = "must be a number"
_WHOLE = "must be a whole number"
_TEXT = "must be text"
_OBJECT = "must be an object of names and values"
_LIST = "must be a list"

SENTENCES: dict[str, str | Callable[[Context], str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not known to this call",
    "invalid_key": "has a name that is no text",
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
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_past": "must be a moment in the past",
    "datetime_future": "must be a moment in the future",
    "timezone_aware": _MOMENT,
    "timezone_offset": _MOMENT,
    "timezone_naive": "must be a moment without an offset",
    "time_type": "must be a time of day, such as 09:30",
    "time_parsing": "must be a time of day, such as 09:30",
    "url_type": "must be a web address",
    "url_parsing": "must be a web address",
    "url_syntax_violation": "must be a web address",
    "url_scheme": "must be a web address that begins with https:// or http://",
    "url_too_long": _at_most("character", "characters"),
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "union_tag_invalid": "is of a kind that this call does not take",
    "union_tag_not_found": "does not say of which kind it is",
    "recursion_loop": "is nested too deeply",
    "recursion_depth_exceeded": "is nested too deeply",
}
"""By pydantic's error type. A test walks every constraint of every schema and asks that it is here."""
