"""Evidence that is no event: HEAD requests, refused tokens, poison rows. Bounded: it expires after thirty days."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import IndexModel, ReplaceOne
from pymongo.database import Database

from tracker.domain.activity.capture import Capture
from tracker.store.core.records import plain

Document = dict[str, Any]

_LONGEST_ROW = 65_536

INDEXES = {
    "evidence": [
        IndexModel([("ws", 1), ("at", -1)], name="workspace"),
        IndexModel([("message", 1)], name="message", sparse=True),
        IndexModel([("at", 1)], name="expiry", expireAfterSeconds=30 * 24 * 3600),
    ],
    "quarantine": [IndexModel([("at", 1)], name="expiry", expireAfterSeconds=30 * 24 * 3600)],
}


class Evidence:
    """Kept across workspaces: a refused token may name none."""

    def __init__(self, database: Database[Document]) -> None:
        self._rows = database.evidence
        self._quarantine = database.quarantine

    def keep(self, captures: Iterable[tuple[Capture, datetime]]) -> None:
        """Keeps captures that are evidence only, each once."""
        changes = []
        for capture, at in captures:
            document = {**plain(capture), "at": at, "ws": capture.workspace}
            del document["id"]
            changes.append(ReplaceOne({"_id": capture.id}, document, upsert=True))
        if changes:
            self._rows.bulk_write(changes, ordered=False)

    def quarantine(self, rows: Iterable[tuple[str, bytes, str]], now: datetime) -> None:
        """Sets aside spool rows that cannot be events: (sequence, raw bytes, reason)."""
        changes = [
            ReplaceOne({"_id": sequence}, {"raw": raw[:_LONGEST_ROW], "reason": reason, "at": now}, upsert=True)
            for sequence, raw, reason in rows
        ]
        if changes:
            self._quarantine.bulk_write(changes, ordered=False)

    def take_quarantined(self, limit: int, *, before: datetime) -> list[tuple[str, bytes]]:
        """Rows set aside before that moment, with their sequences, oldest first; what was cut then cannot be tried again."""
        is_whole = {"$expr": {"$lt": [{"$binarySize": "$raw"}, _LONGEST_ROW]}}
        rows = self._quarantine.find({"at": {"$lt": before}, **is_whole}, {"raw": 1}).sort("at", 1).limit(limit)
        return [(row["_id"], row["raw"]) for row in rows]

    def forget_quarantined(self, sequences: Iterable[str]) -> None:
        """These are in the spool again."""
        self._quarantine.delete_many({"_id": {"$in": list(sequences)}})

    def count(self, query: Document | None = None) -> int:
        """How many rows match."""
        return self._rows.count_documents(query or {})

    def quarantined(self) -> int:
        """How many rows are set aside."""
        return self._quarantine.count_documents({})
