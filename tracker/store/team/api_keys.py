"""API keys, across workspaces: found by hash before the workspace is known."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.team.api_key import ApiKey
from tracker.store.core.client import Document
from tracker.store.core.records import read_plain, to_plain_document
from tracker.store.core.repository import Repository


class ApiKeys(Repository):
    """Called by actions and the API."""

    collection = "api_keys"
    indexes = (
        IndexModel([("hash", ASCENDING)], unique=True),
        IndexModel([("workspace", ASCENDING), ("_id", ASCENDING)]),
    )

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the keys of one workspace."""
        return {"workspace": workspace}

    def add(self, key: ApiKey) -> ApiKey:
        """Stores a new key."""
        self.rows.insert_one(to_plain_document(key))
        return key

    def find(self, key_hash: str) -> ApiKey | None:
        """The key with that hash."""
        row = self.rows.find_one({"hash": key_hash})
        return read_plain(row, ApiKey) if row else None

    def of_workspace(self, workspace: str) -> list[ApiKey]:
        """All keys of a workspace, oldest first."""
        return [read_plain(row, ApiKey) for row in self.rows.find({"workspace": workspace}, sort=[("_id", ASCENDING)])]

    def used(self, key: str, now: datetime) -> None:
        """Records when a key was last used."""
        self.rows.update_one({"_id": key}, {"$set": {"used_at": now}})

    def remove_of_rep(self, workspace: str, rep: str) -> list[ApiKey]:
        """Deletes all keys with the rights of the rep; returns them."""
        found = [key for key in self.of_workspace(workspace) if key.rep == rep]
        for key in found:
            self.remove(workspace, key.id)
        return found

    def remove(self, workspace: str, key: str) -> bool:
        """Deletes the key; returns whether it existed."""
        return self.rows.delete_one({"_id": key, "workspace": workspace}).deleted_count == 1
