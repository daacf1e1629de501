"""Records that wait for a person until someone was told. Base of enrolments and of what automations do outside."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pymongo import ASCENDING, IndexModel

from tracker.store.core.records import Records, T, key_of

_GIVEN = {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}
UNTOLD_INDEX = IndexModel([("untold_since", ASCENDING), ("ws", ASCENDING)], name="untold", partialFilterExpression={"untold_since": _GIVEN})
"""Begins with the time, so that one query finds all workspaces (store.ops.due_workspaces)."""


class UntoldRecords(Records[T]):
    """Records with `untold_since`."""

    def untold(self, limit: int) -> list[T]:
        """Those of which no one was told yet, longest first."""
        return self.where({"untold_since": _GIVEN}, sort=[("untold_since", ASCENDING)], limit=limit)

    def note_told(self, found: Iterable[str]) -> None:
        """Someone was told of these."""
        keys = [key_of(self.workspace, one) for one in found]
        self.rows.update_many({"_id": {"$in": keys}}, {"$set": {"untold_since": None}})
