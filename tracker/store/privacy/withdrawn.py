"""Withdrawn ids of all workspaces, as hashes. Written by actions.privacy, read by workers.drain, which makes the edge's list."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from bson import Binary
from pymongo import ASCENDING, IndexModel, UpdateOne

from tracker.domain.privacy.withdrawn import HASH_BYTES, WithdrawnKind, withdrawn_hash
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH, aware
from tracker.store.core.repository import Repository

_AT_ONCE = 10_000


class WithdrawnChange(NamedTuple):
    """One hash that was listed or removed from the list, and when MongoDB stored that."""

    hash: bytes
    is_listed: bool
    changed_at: datetime


class Withdrawn(Repository):
    """One document per hash. A removed one stays with `on: false`, so that every host learns of the removal."""

    collection = "withdrawn"
    indexes = (IndexModel([("changed_at", ASCENDING)], name="changed"), IndexModel([("ws", ASCENDING)], name="workspace"))

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the hashes of one workspace's ids."""
        return {"ws": workspace}

    def put(self, workspace: str, ids: Iterable[tuple[WithdrawnKind, str]], now: datetime, *, is_listed: bool = True) -> None:
        """Lists these ids, or removes them from the list. The time of the first listing is kept."""
        found = sorted({withdrawn_hash(workspace, kind, record) for kind, record in ids})
        for start in range(0, len(found), _AT_ONCE):
            self.rows.bulk_write(
                [_change(workspace, one, now, is_listed=is_listed) for one in found[start : start + _AT_ONCE]], ordered=False
            )

    def listed(self, hashes: Iterable[bytes]) -> dict[bytes, datetime]:
        """Those of the hashes that are listed, and since when."""
        keys = sorted(set(hashes))
        rows = self.rows.find({"_id": {"$in": keys}, "on": True}, {"at": 1}, batch_size=BATCH) if keys else ()
        return {bytes(row["_id"]): aware(row["at"]) for row in rows}

    def all_listed(self) -> Iterator[bytes]:
        """Every listed hash in ascending order."""
        rows = self.rows.find({"_id": {"$gte": Binary(b"\0" * HASH_BYTES)}, "on": True}, {"_id": 1}, batch_size=50_000)
        return (bytes(row["_id"]) for row in rows.sort("_id", ASCENDING))

    def newest_change(self) -> datetime | None:
        """When the last change was stored."""
        row = self.rows.find_one({"changed_at": {"$exists": True}}, {"changed_at": 1}, sort=[("changed_at", -1)])
        return aware(row["changed_at"]) if row else None

    def changes_since(self, moment: datetime) -> list[WithdrawnChange]:
        """The hashes whose last change was stored since that moment, as they are now."""
        rows = self.rows.find({"changed_at": {"$gte": moment}}, {"on": 1, "changed_at": 1}, batch_size=BATCH)
        return [WithdrawnChange(bytes(row["_id"]), row["on"], aware(row["changed_at"])) for row in rows]


def _change(workspace: str, key: bytes, now: datetime, *, is_listed: bool) -> UpdateOne:
    """`changed_at` is MongoDB's time: the clocks of two hosts may differ by more than the drain's tolerance."""
    values: Document = {"ws": {"$literal": workspace}, "on": is_listed, "changed_at": "$$NOW"}
    if is_listed:
        values["at"] = {"$cond": [{"$eq": ["$on", True]}, "$at", {"$literal": now}]}
    return UpdateOne({"_id": key}, [{"$set": values}], upsert=is_listed)
