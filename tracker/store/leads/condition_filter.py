"""Lead tests (rules.conditions.lead_tests) as MongoDB has them. Used by store.leads.lead_query."""

import re
from datetime import UTC, datetime
from typing import Any

from tracker.rules.conditions.lead_tests import Between, Every, HasEntry, LeadTest, Not, OneOf, Some
from tracker.store.core.client import Document

_NOT_DUE = datetime(9999, 1, 1, tzinfo=UTC)
"""Before the date that stands for no due date in the copy."""
_COPIES = {"next_action.due": "keys.due"}
"""Copies that are indexed, of paths that are not; a late date stands for none."""


def condition_filter(test: LeadTest) -> Document:
    """The query for the leads that pass the test, without the workspace."""
    match test:
        case Not(inner):
            return {"$nor": [condition_filter(inner)]}
        case Every(tests):
            return {"$and": [condition_filter(one) for one in tests]} if tests else {}
        case Some(tests):
            return {"$or": [condition_filter(one) for one in tests]} if tests else {"_id": {"$in": []}}
        case OneOf(path, values):
            return {path: values[0] if len(values) == 1 else {"$in": list(values)}}
        case HasEntry(low, high, contains, path):
            return {path: _text(low, high, contains)}
        case Between(path, low, high):
            return _between(path, low, high)


def _text(low: str, high: str, contains: str) -> Any:
    if high == low + "\0":
        return low
    if contains:  # one pattern, since MongoDB compares a pattern with the keys of the index, and $elemMatch with whole documents
        return {"$regex": f"^{re.escape(low)}.*{re.escape(contains)}"}
    return {"$elemMatch": {"$gte": low, "$lt": high}}


def _between(path: str, low: Any, high: Any) -> Document:
    copy = _COPIES.get(path)
    if copy is not None:
        return {copy: {"$lt": _NOT_DUE, **_limits(low, high)}}
    return {path: _limits(low, high) or {"$ne": None}}


def _limits(low: Any, high: Any) -> Document:
    return {op: value for op, value in (("$gte", low), ("$lte", high)) if value is not None}
