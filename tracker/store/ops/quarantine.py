"""The quarantine: spool rows that cannot become events, across workspaces. They expire after thirty days."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import IndexModel, ReplaceOne

from tracker.store.core.repository import Repository

_LONGEST_ROW = 65_536


class Quarantine(Repository):
    """Written by workers.drain; emptied by `leadlight spool retry`."""

    collection = "quarantine"
    indexes = (IndexModel([("at", 1)], name="expiry", expireAfterSeconds=30 * 24 * 3600),)

    def add(self, rows: Iterable[tuple[str, bytes, str]], now: datetime) -> None:
        """Stores spool rows: (sequence, raw bytes, reason). The bytes are cut to 64 KiB."""
        changes = [
            ReplaceOne({"_id": sequence}, {"raw": raw[:_LONGEST_ROW], "reason": reason, "at": now}, upsert=True)
            for sequence, raw, reason in rows
        ]
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def oldest(self, limit: int, *, before: datetime) -> list[tuple[str, bytes]]:
        """Rows stored before that moment, with their sequences, oldest first. Rows that were cut are left out: they cannot be retried."""
        is_whole = {"$expr": {"$lt": [{"$binarySize": "$raw"}, _LONGEST_ROW]}}
        rows = self.rows.find({"at": {"$lt": before}, **is_whole}, {"raw": 1}).sort("at", 1).limit(limit)
        return [(row["_id"], row["raw"]) for row in rows]

    def remove(self, sequences: Iterable[str]) -> None:
        """Deletes rows that are in the spool again."""
        self.rows.delete_many({"_id": {"$in": list(sequences)}})

    def count(self) -> int:
        """How many rows are stored."""
        return self.rows.count_documents({})
