"""Custom fields in the documents of leads: an array of `{k, v}`, so that one index serves every field. Used by store.leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.domain.leads.field_value import FieldValue
from tracker.store.core.client import Document

MOST_SORTED = 10_000
"""A list that is sorted by a custom field has fewer leads than this."""
_SORTED_LENGTH = 40
"""Characters of a text that count for its place in the order."""


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """Leads with this custom field. `value` is the whole value; `least` and `most` include the ends."""

    name: str
    value: FieldValue | None = None
    least: FieldValue | None = None
    most: FieldValue | None = None


def stored(fields: Mapping[str, FieldValue]) -> list[Document]:
    """The array of these fields."""
    return [{"k": name, "v": value} for name, value in fields.items()]


def mapping(rows: Iterable[Document]) -> dict[str, Any]:
    """The fields of an array."""
    return {row["k"]: row["v"] for row in rows}


def has_field(wanted: FieldFilter) -> Document:
    """The condition on the array; a text is compared with texts, a number with numbers."""
    if wanted.value is not None:
        return {"$elemMatch": {"k": wanted.name, "v": wanted.value}}
    limits = {op: value for op, value in (("$gte", wanted.least), ("$lte", wanted.most)) if value is not None}
    return {"$elemMatch": {"k": wanted.name, **({"v": limits} if limits else {})}}


def value_of_field(name: str) -> Document:
    """The expression for the value of a field, by which a list is sorted: numbers before texts, texts without case."""
    found = {"$filter": {"input": {"$ifNull": ["$fields", []]}, "cond": {"$eq": ["$$this.k", {"$literal": name}]}}}
    lowered = {"$toLower": {"$substrCP": ["$$found.v", 0, _SORTED_LENGTH]}}
    shown = {"$cond": [{"$eq": [{"$type": "$$found.v"}, "string"]}, lowered, "$$found.v"]}
    return {"$let": {"vars": {"found": {"$first": found}}, "in": shown}}
