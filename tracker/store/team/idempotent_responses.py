"""Idempotent responses: what the API returned for an Idempotency-Key, so that a repeated request gets the same."""

from datetime import datetime
from typing import Any

import msgspec
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from tracker.store.core.repository import Repository


class IdempotentResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The request of an Idempotency-Key and its response."""

    request_hash: str
    status: int | None
    """None while the request is processed."""
    text: str


class IdempotentResponses(Repository):
    """By a name made of credential and key. Called by the API."""

    collection = "answers"
    indexes = (IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),)

    def begin(self, name: str, request_hash: str, now: datetime, expires_at: datetime) -> IdempotentResponse | None:
        """Claims the request; None if the claim succeeded, else what is stored for it."""
        row = {"_id": name, "body": request_hash, "status": None, "answer": None, "begun_at": now, "expires_at": expires_at}
        try:
            self.rows.insert_one(row)
        except DuplicateKeyError:
            return self.find(name)
        return None

    def find(self, name: str) -> IdempotentResponse | None:
        """What is stored for the request; None after `remove`."""
        row: Any = self.rows.find_one({"_id": name})
        return IdempotentResponse(request_hash=row["body"], status=row["status"], text=row["answer"] or "") if row else None

    def take_over(self, name: str, begun_before: datetime, now: datetime) -> bool:
        """Claims a request whose process died before it responded; returns whether the claim succeeded."""
        query = {"_id": name, "status": None, "begun_at": {"$lt": begun_before}}
        return self.rows.update_one(query, {"$set": {"begun_at": now}}).modified_count == 1

    def finish(self, name: str, status: int, text: str) -> None:
        """Stores the response."""
        self.rows.update_one({"_id": name}, {"$set": {"status": status, "answer": text}})

    def remove(self, name: str) -> None:
        """Releases the request after an error, so that it can be repeated."""
        self.rows.delete_one({"_id": name})
