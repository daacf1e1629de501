"""API keys and remembered answers (Idempotency-Key), across workspaces: found by hash before anything else is known."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from tracker.domain.team.api_key import ApiKey
from tracker.store.core.records import Document, plain, read_plain

INDEXES = {
    "api_keys": [
        IndexModel([("hash", ASCENDING)], unique=True),
        IndexModel([("workspace", ASCENDING), ("_id", ASCENDING)]),
    ],
    "answers": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)],
}


class ApiKeys:
    """The keys of programs, and the answers they got."""

    def __init__(self, database: Database[Document]) -> None:
        self.rows = database["api_keys"]
        self.answers = database["answers"]

    def add(self, key: ApiKey) -> ApiKey:
        """Keeps a new key."""
        document: Document = plain(key)
        self.rows.insert_one({"_id": document.pop("id"), **document})
        return key

    def find(self, key_hash: str) -> ApiKey | None:
        """The key with that hash."""
        row = self.rows.find_one({"hash": key_hash})
        return read_plain(row, ApiKey) if row else None

    def of_workspace(self, workspace: str) -> list[ApiKey]:
        """All keys of a workspace, oldest first."""
        return [read_plain(row, ApiKey) for row in self.rows.find({"workspace": workspace}, sort=[("_id", ASCENDING)])]

    def used(self, key: str, now: datetime) -> None:
        """Notes when a key was last used."""
        self.rows.update_one({"_id": key}, {"$set": {"used_at": now}})

    def remove(self, workspace: str, key: str) -> bool:
        """The key works no more; whether it was there."""
        return self.rows.delete_one({"_id": key, "workspace": workspace}).deleted_count == 1

    def begin_answer(self, name: str, body_hash: str, now: datetime, expires_at: datetime) -> Document | None:
        """Claims the right to answer this request; None: it is ours, else what stands there ({body, status, answer})."""
        row = {"_id": name, "body": body_hash, "status": None, "answer": None, "begun_at": now, "expires_at": expires_at}
        try:
            self.answers.insert_one(row)
        except DuplicateKeyError:
            return self.answers.find_one({"_id": name})
        return None

    def find_answer(self, name: str) -> Document | None:
        """What stands there now; nothing once the request was refused."""
        return self.answers.find_one({"_id": name})

    def retry_answer(self, name: str, begun_before: datetime, now: datetime) -> bool:
        """Takes over an answer whose process died before it was written."""
        query = {"_id": name, "status": None, "begun_at": {"$lt": begun_before}}
        return self.answers.update_one(query, {"$set": {"begun_at": now}}).modified_count == 1

    def finish_answer(self, name: str, status: int, answer: str) -> None:
        """Remembers the answer for who asks again."""
        self.answers.update_one({"_id": name}, {"$set": {"status": status, "answer": answer}})

    def drop_answer(self, name: str) -> None:
        """The request failed in a way that asking again may mend."""
        self.answers.delete_one({"_id": name})
