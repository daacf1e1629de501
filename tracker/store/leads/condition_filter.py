"""Lead tests (rules.conditions.lead_tests) as MongoDB has them. Used by store.leads.lead_query."""

import re
from datetime import UTC, datetime
from typing import Any

from tracker.rules.conditions.lead_tests import ENTRIES, Between, Every, HasEntry, LeadTest, Not, OneOf, Some
from tracker.store.core.client import Document

TEXT_KEY = "keys.text"
"""All text entries of a lead, each after a line feed: one string, so that its index alone answers which leads contain a text."""
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
            return _entry(low, high, contains, path)
        case Between(path, low, high):
            return _between(path, low, high)


def _entry(low: str, high: str, contains: str, path: str) -> Document:
    if contains and path != ENTRIES:
        return {path: {"$regex": f"^{re.escape(low)}.*{re.escape(contains)}"}}
    if contains:
        return {TEXT_KEY: {"$regex": f"\n{re.escape(low)}.*{re.escape(contains)}"}}
    return {path: low if high == low + "\0" else {"$elemMatch": {"$gte": low, "$lt": high}}}


def _between(path: str, low: Any, high: Any) -> Document:
    copy = _COPIES.get(path)
    if copy is not None:
        return {copy: {"$lt": _NOT_DUE, **_limits(low, high)}}
    return {path: _limits(low, high) or {"$ne": None}}


def _limits(low: Any, high: Any) -> Document:
    return {op: value for op, value in (("$gte", low), ("$lte", high)) if value is not None}
