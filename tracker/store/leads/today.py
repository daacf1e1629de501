"""The leads of the blocks of Today: indexes and queries. Used by store.leads.leads.

Each block has an index of its own, once by owner and once for all owners, without archived leads.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.rules.pipeline.today import TodayQuery
from tracker.store.core.client import Document
from tracker.store.leads.lead_keys import NOT_DUE

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_STAGE = ("stage", ASCENDING)
_PATHS = {
    "last_seen": "derived.last_seen_at",
    "inquiry": "derived.inquired_at",
    "due": "keys.due",
    "created": "created_at",
    "wait": "derived.waits_since",
    "contact": "derived.last_contact_at",
    "none": "derived.score",
}
"""What a block is sorted by, by its field."""
_INDEXES: dict[str, list[tuple[str, int]]] = {
    "seen": [_STAGE, ("derived.quadrant", ASCENDING), ("derived.last_seen_at", DESCENDING)],
    "inquiry": [_STAGE, ("derived.inquired_at", DESCENDING)],
    "due": [_STAGE, ("keys.due", ASCENDING), ("derived.score", DESCENDING)],
    "contact": [_STAGE, ("derived.last_contact_at", DESCENDING), ("created_at", DESCENDING)],
    "wait": [_STAGE, ("derived.waits_since", DESCENDING)],
}
_INDEX_OF = {
    "last_seen": "seen",
    "inquiry": "inquiry",
    "due": "due",
    "none": "due",
    "created": "contact",
    "contact": "contact",
    "wait": "wait",
}
_ONLY_SET = {"inquiry": "derived.inquired_at", "wait": "derived.waits_since"}
"""Indexes that hold only leads with this time."""


def today_indexes() -> Iterable[IndexModel]:
    """The indexes of all blocks."""
    for name, keys in _INDEXES.items():
        held: Document = {"keys.archived": False, **({_ONLY_SET[name]: {"$gt": _FIRST}} if name in _ONLY_SET else {})}
        for suffix, prefix in (("", []), ("_owner", [("owner", ASCENDING)])):
            yield IndexModel([("ws", ASCENDING), *prefix, *keys], partialFilterExpression=held, name=f"today_{name}{suffix}")


def today_filter(query: TodayQuery) -> Document:
    """The block as MongoDB has it, without the workspace."""
    block = query.block
    path = _PATHS[block.field]
    found: Document = {"keys.archived": False, "stage": {"$in": list(query.stages)}}
    if query.owners is not None:
        found["owner"] = {"$in": sorted(query.owners, key=str)}
    if block.quadrant:
        found["derived.quadrant"] = block.quadrant
    limits: Document = {op: moment for op, moment in (("$gte", query.after), ("$lte", query.before)) if moment}
    if block.field in ("inquiry", "wait", "contact") and "$gte" not in limits:
        limits["$gt"] = _FIRST
    if block.field == "none":
        return found | {"keys.due": NOT_DUE, "next_action": None}
    if block.field == "created":
        found["derived.last_contact_at"] = None
    return found | {path: limits}


def today_index(query: TodayQuery) -> str:
    """The name of the index that the query begins with."""
    return f"today_{_INDEX_OF[query.block.field]}{'' if query.owners is None else '_owner'}"


def today_options(query: TodayQuery) -> dict[str, Any]:
    """Order and index, as `find` takes them."""
    order = ASCENDING if query.block.is_oldest_first else DESCENDING
    return {"sort": [(_PATHS[query.block.field], order)], "hint": today_index(query)}
