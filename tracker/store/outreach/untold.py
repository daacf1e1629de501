"""Records that wait for a person until someone was told. Base of enrolments and of what automations do outside."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pymongo import ASCENDING, IndexModel, UpdateOne

from tracker.store.core.records import Records, T, key_of, plain

_GIVEN = {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}
UNTOLD_INDEX = IndexModel([("untold_since", ASCENDING), ("ws", ASCENDING)], name="untold", partialFilterExpression={"untold_since": _GIVEN})
"""Begins with the time, so that one query finds all workspaces (store.ops.due_workspaces)."""


class UntoldRecords(Records[T]):
    """Records with `untold_since`."""

    def untold(self, until: datetime, limit: int) -> list[T]:
        """Those that wait since then or longer and of which no one was told yet, longest first."""
        return self.where({"untold_since": {**_GIVEN, "$lte": plain(until)}}, sort=[("untold_since", ASCENDING)], limit=limit)

    def note_told(self, found: Iterable[tuple[str, datetime | None]]) -> None:
        """Someone was told of these, by id, as they waited since then; one that has failed again meanwhile stays."""
        since = {key_of(self.workspace, one): plain(at) for one, at in found}
        changes = [UpdateOne({"_id": key, "untold_since": at}, {"$set": {"untold_since": None}}) for key, at in since.items()]
        if changes:
            self.rows.bulk_write(changes, ordered=False)
