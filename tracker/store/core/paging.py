"""Pages: reading a collection in the order of one indexed field, with a cursor that is opaque to the caller."""

import base64
import binascii
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from tracker.base.clock import from_ms, to_ms
from tracker.base.errors import Invalid
from tracker.store.core.client import Document
from tracker.store.core.records import Record, Records
from tracker.store.core.repository import ids_of

R = TypeVar("R", bound=Record)

LARGEST_PAGE = 200
_LONGEST_CURSOR = 1000
_KINDS: dict[str, type] = {"s": str, "i": int, "f": float, "t": int, "n": type(None)}


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some records in order; `next` is the cursor of the following page, or None at the end."""

    items: list[R]
    next: str | None
    cursors: tuple[str, ...] = ()
    """For each item the cursor of the page that begins after it."""


def page_of(
    records: Records[R],
    query: Document,
    *,
    sort: str,
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
    fields: Document | None = None,
    hint: str | None = None,
) -> Page[R]:
    """One page of what matches, sorted by `sort` and then by id. Raises Invalid for a cursor that is not of this list.

    `fields`: the projection, where not all is read. `hint`: the index to read, where MongoDB should not compare several.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    matching: list[Document] = [{"ws": records.workspace}, query] if query else [{"ws": records.workspace}]
    if sort == "_id":  # all ids of a workspace begin with it: the index scan stays within the workspace
        matching.append(ids_of(records.workspace))
    if cursor:
        value, last = _decode(cursor)
        matching.append(_after(sort, value, last, descending=descending))
    direction = -1 if descending else 1
    order = [("_id", direction)] if sort == "_id" else [(sort, direction), ("_id", direction)]
    rows = list(records.rows.find({"$and": matching}, fields, sort=order, limit=limit + 1, hint=hint))
    items = [records.value_of(row) for row in rows[:limit]]
    cursors = tuple(_encode(_value_at(row, sort), row["_id"]) for row in rows[:limit])
    return Page(items, cursors[-1] if len(rows) > limit else None, cursors)


def page_by_value(
    records: Records[R], query: Document, *, value: Document, descending: bool = False, cursor: str | None = None, limit: int = 50
) -> Page[R]:
    """One page of what matches, sorted by a computed value and then by id; records without it come last. Raises Invalid as `page_of`.

    No index has this order, so that all that matches is read.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    direction = -1 if descending else 1
    steps: list[Document] = [
        {"$match": {"$and": [{"ws": records.workspace}, query]}},
        {"$project": {"value": {"$ifNull": [value, None]}}},
        {"$set": {"is_empty": {"$eq": ["$value", None]}}},
        {"$sort": {"is_empty": 1, "value": direction, "_id": direction}},
        {"$limit": limit + 1},
    ]
    if cursor:
        steps.insert(3, {"$match": {"$expr": _beyond(*_decode(cursor), "$lt" if descending else "$gt")}})
    rows = list(records.rows.aggregate(steps))
    found = records.by_ids(row["_id"].partition(":")[2] for row in rows[:limit])
    kept = [row for row in rows[:limit] if row["_id"].partition(":")[2] in found]
    cursors = tuple(_encode(row["value"], row["_id"]) for row in kept)
    end = _encode(rows[limit - 1]["value"], rows[limit - 1]["_id"]) if len(rows) > limit else None
    return Page([found[row["_id"].partition(":")[2]] for row in kept], end, cursors)


def _beyond(value: Any, last: str, operator: str) -> Document:
    """Matches what comes after a cursor in the order of `page_by_value`."""
    is_tie = {"$and": [{"$eq": ["$value", {"$literal": value}]}, {operator: ["$_id", {"$literal": last}]}]}
    if value is None:
        return is_tie
    is_later = {"$and": [{"$ne": ["$value", None]}, {operator: ["$value", {"$literal": value}]}]}
    return {"$or": [{"$eq": ["$value", None]}, is_later, is_tie]}


def filtered_page(
    fetch: Callable[[str | None, int], Page[R]],
    keep: Callable[[list[R]], Collection[str]],
    *,
    cursor: str | None,
    limit: int,
    batch: int | None = None,
    looks: int | None = None,
) -> Page[R]:
    """One page of the records whose ids `keep` returns, filled from pages of `fetch(cursor, size)`.

    `batch`: the size of the fetched pages, by default `limit`. `looks`: the most pages to fetch; where they do not fill the page, it is
    shorter and its cursor continues after them.
    """
    found: list[R] = []
    cursors: list[str] = []
    while looks is None or looks > 0:
        page = fetch(cursor, batch or limit)
        kept = keep(page.items)
        for record, position in zip(page.items, page.cursors, strict=True):
            if record.id in kept:
                found.append(record)
                cursors.append(position)
        cursor, looks = page.next, looks - 1 if looks is not None else None
        if cursor is None or len(found) > limit:
            break
    if len(found) > limit:
        return Page(found[:limit], cursors[limit - 1])
    return Page(found, cursor)


def _after(sort: str, value: Any, last: str, *, descending: bool) -> Document:
    beyond = "$lt" if descending else "$gt"
    if sort == "_id":
        return {"_id": {beyond: last}}
    branches: list[Document] = [{sort: value, "_id": {beyond: last}}]
    if value is None and not descending:
        branches.append({sort: {"$ne": None}})
    if value is not None:
        branches.append({sort: {beyond: value}})
        if descending:
            branches.append({sort: None})
    return {"$or": branches}


def _value_at(row: Document, path: str) -> Any:
    found: Any = row
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _encode(value: Any, key: str) -> str:
    kinds = {datetime: "t", int: "i", float: "f", str: "s"}
    kind = next((short for known, short in kinds.items() if isinstance(value, known)), "n")
    plain = to_ms(value) if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([kind, plain, key]).encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[Any, str]:
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor[:_LONGEST_CURSOR] + "=" * (-len(cursor) % 4)))
        kind, value, key = found
        if isinstance(key, str) and type(value) is _KINDS[kind]:
            return (from_ms(int(str(value))) if kind == "t" else value), key
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, binascii.Error):
        pass
    raise Invalid("cursor", "this is not a cursor of this list; start again without one")
