"""Conditions on leads, as lists, the API and later alert rules have them: read from JSON, checked, and written back. Pure.

A condition is `{"all": […]}`, `{"any": […]}` or one comparison, such as `{"field": "score", "at_least": 50}` (docs/conditions.md).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tracker.base.errors import Invalid
from tracker.rules.conditions.fields import ANY_TEXT, Comparison, ConditionField, ConditionKind, field_named

DEEPEST = 3
MOST_TERMS = 30
MOST_VALUES = 100
LONGEST_TEXT = 200
_LARGEST = 10**15
_MOST_DAYS = 3650
_GROUPS = {"all": False, "any": True}
_WITHOUT_TIME_ZONE = "must have an offset from UTC, such as 2027-03-01T09:30:00Z, or be a day such as 2027-03-01"

Value = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConditionTerm:
    """One comparison of a field with a value. Times are ISO text, as they were given."""

    field: str
    comparison: Comparison
    value: Value


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """Several conditions, all of which must hold, or any of them. All of none hold for every lead."""

    parts: tuple["Condition", ...]
    is_any: bool = False


Condition = ConditionTerm | ConditionGroup
EVERY_LEAD = ConditionGroup(())


def parsed(data: object, path: str = "condition") -> Condition:
    """The condition of this JSON. Raises Invalid, whose field is the path of what is wrong, such as `condition.all.2.value`."""
    found = _parsed(data, path, 1)
    if sum(1 for _ in terms_of(found)) > MOST_TERMS:
        raise Invalid(path, f"must have {MOST_TERMS} comparisons at most")
    return found


def plain(condition: Condition) -> dict[str, Any]:
    """The JSON of a condition."""
    if isinstance(condition, ConditionGroup):
        return {"any" if condition.is_any else "all": [plain(part) for part in condition.parts]}
    value = list(condition.value) if isinstance(condition.value, tuple) else condition.value
    return {"field": condition.field, condition.comparison.value: value}


def terms_of(condition: Condition) -> Iterator[ConditionTerm]:
    """Every comparison of a condition."""
    if isinstance(condition, ConditionTerm):
        yield condition
    else:
        for part in condition.parts:
            yield from terms_of(part)


def with_terms(condition: Condition, change: Callable[[ConditionTerm], ConditionTerm]) -> Condition:
    """The condition with each comparison replaced."""
    if isinstance(condition, ConditionTerm):
        return change(condition)
    return ConditionGroup(tuple(with_terms(part, change) for part in condition.parts), condition.is_any)


def texts_of_value(value: Value) -> tuple[str, ...]:
    """The texts of `is`, `is_not` and `in`."""
    return value if isinstance(value, tuple) else (str(value),)


def _parsed(data: object, path: str, depth: int) -> Condition:
    if not isinstance(data, Mapping):
        raise Invalid(path, "must be an object with all, any or field")
    word = next((word for word in _GROUPS if word in data), None)
    if word is None:
        return _term(data, path)
    parts = data[word]
    if len(data) > 1:
        raise Invalid(path, f"must have nothing beside {word}")
    if depth > DEEPEST:
        raise Invalid(path, f"must be nested {DEEPEST} deep at most")
    if not isinstance(parts, list | tuple) or len(parts) > MOST_TERMS:
        raise Invalid(f"{path}.{word}", f"must be a list of {MOST_TERMS} conditions at most")
    if not parts and (depth > 1 or word == "any"):
        raise Invalid(f"{path}.{word}", "must not be empty")
    return ConditionGroup(tuple(_parsed(part, f"{path}.{word}.{n}", depth + 1) for n, part in enumerate(parts)), _GROUPS[word])


def _term(data: Mapping[Any, object], path: str) -> ConditionTerm:
    name = data.get("field")
    if not isinstance(name, str):
        raise Invalid(f"{path}.field", "must name a field")
    field = field_named(name)
    if field is None:
        raise Invalid(f"{path}.field", f"“{name[:60]}” is not a field of conditions")
    given = [key for key in data if key != "field"]
    if len(given) != 1 or given[0] not in field.comparisons:
        raise Invalid(path, f"must have exactly one of {', '.join(field.comparisons)} for {field.name}")
    comparison = Comparison(given[0])
    return ConditionTerm(field.name, comparison, _value(field, comparison, data[given[0]], f"{path}.{given[0]}"))


def _value(field: ConditionField, comparison: Comparison, value: object, path: str) -> Value:
    match comparison:
        case Comparison.IS_SET | Comparison.IS_EMPTY:
            return _true(value, path)
        case Comparison.IN:
            return _texts(field, value, path)
        case Comparison.WITHIN_DAYS | Comparison.OLDER_THAN_DAYS:
            return _number(value, path, 0, _MOST_DAYS)
        case Comparison.BEFORE | Comparison.AFTER:
            return _moment(value, path)
        case Comparison.AT_LEAST | Comparison.AT_MOST:
            return _number(value, path, -_LARGEST, _LARGEST)
        case _:
            return _one(field, value, path)


def _one(field: ConditionField, value: object, path: str) -> Value:
    if field.kind is ConditionKind.NUMBER:
        return _number(value, path, -_LARGEST, _LARGEST)
    if field.kind is ConditionKind.YES_NO:
        if not isinstance(value, bool):
            raise Invalid(path, "must be true or false")
        return value
    return _text(field, value, path)


def _true(value: object, path: str) -> bool:
    if value is not True:
        raise Invalid(path, "must be true")
    return True


def _number(value: object, path: str, least: int, most: int) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not least <= value <= most:
        raise Invalid(path, f"must be a number from {least:,} to {most:,}")
    return value


def _text(field: ConditionField, value: object, path: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
        raise Invalid(path, f"must be text of 1 to {LONGEST_TEXT} characters")
    if field.choices is not ANY_TEXT and value not in field.choices:
        raise Invalid(path, f"must be one of {', '.join(field.choices)}")
    return value.strip()


def _texts(field: ConditionField, value: object, path: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_VALUES:
        raise Invalid(path, f"must be a list of 1 to {MOST_VALUES} texts")
    return tuple(_text(field, one, f"{path}.{n}") for n, one in enumerate(value))


def _moment(value: object, path: str) -> str:
    """ISO text of a day, or of a moment with an offset. Raises Invalid."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        if len(text) == len("2027-03-01"):
            found = date.fromisoformat(text)
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise Invalid(path, _WITHOUT_TIME_ZONE)
            found = moment
    except ValueError:
        raise Invalid(path, _WITHOUT_TIME_ZONE) from None
    if not 1970 <= found.year <= 9000:  # noqa: PLR2004 - what MongoDB and every time zone can hold
        raise Invalid(path, "must be between the years 1970 and 9000")
    return text
