"""Rate limits: counted attempts and reserved times by name, across workspaces."""

from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from tracker.store.core.client import Document
from tracker.store.core.records import aware
from tracker.store.core.repository import Repository


class RateLimits(Repository):
    """Names contain hashes, never a password or a token. Called by actions and the API."""

    collection = "tries"
    indexes = (IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),)

    def count(self, name: str, now: datetime, window: timedelta, *, by: int = 1) -> int:
        """Counts one more attempt, or `by`, under that name; returns the number of attempts in the current window."""
        row = self.rows.find_one_and_update(
            {"_id": _key(name, now, window)},
            {"$inc": {"n": by}, "$setOnInsert": {"expires_at": now + window * 2}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return int(row["n"]) if row else by

    def refund(self, name: str, now: datetime, window: timedelta) -> None:
        """Takes back one attempt, because it succeeded."""
        self.rows.update_one({"_id": _key(name, now, window)}, {"$inc": {"n": -1}})

    def remember(self, name: str, expires_at: datetime) -> None:
        """Stores a name until then, for `is_remembered`."""
        self.rows.update_one({"_id": name}, {"$set": {"expires_at": expires_at}}, upsert=True)

    def is_remembered(self, name: str, now: datetime) -> bool:
        """Whether the name is stored and has not expired."""
        return self.rows.find_one({"_id": name, "expires_at": {"$gt": now}}, {"_id": 1}) is not None

    def reserve(self, name: str, now: datetime, spacing: timedelta, longest: timedelta) -> datetime | None:
        """The next free time under that name, `spacing` after the previous one; None if it is more than `longest` away."""
        free = {"$max": [now, {"$ifNull": ["$free_at", now]}]}
        update: list[Document] = [
            {"$set": {"turn": free}},
            {"$set": {"free_at": {"$add": ["$turn", spacing / timedelta(milliseconds=1)]}, "expires_at": now + timedelta(days=1)}},
        ]
        query = {"_id": name, "$or": [{"free_at": {"$lte": now + longest}}, {"free_at": {"$exists": False}}]}
        try:
            row = self.rows.find_one_and_update(query, update, upsert=True, return_document=ReturnDocument.AFTER)
        except DuplicateKeyError:
            return None
        return aware(row["turn"]) if row else None


def _key(name: str, now: datetime, window: timedelta) -> str:
    return f"{name}:{int(now.timestamp() // window.total_seconds())}"
