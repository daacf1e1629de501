"""The present destinations of personal links that were changed, of all workspaces. Written by actions.links, read by workers.drain."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from bson import Binary
from pymongo import ASCENDING, IndexModel

from tracker.domain.privacy.withdrawn import HASH_BYTES, WithdrawnKind, withdrawn_hash
from tracker.store.core.client import Document
from tracker.store.core.records import aware
from tracker.store.core.repository import Repository


class LinkDestinations(Repository):
    """One document per link, by its hash."""

    collection = "link_destinations"
    indexes = (IndexModel([("changed_at", ASCENDING)], name="changed"), IndexModel([("ws", ASCENDING)], name="workspace"))

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the links of one workspace."""
        return {"ws": workspace}

    def put(self, workspace: str, link: str, token: str) -> None:
        """Sets the click token that names the present destination. `changed_at` is MongoDB's time, as hosts' clocks differ."""
        key = Binary(withdrawn_hash(workspace, WithdrawnKind.SHARE, link))
        values: Document = {"ws": {"$literal": workspace}, "token": {"$literal": token}, "changed_at": "$$NOW"}
        self.rows.update_one({"_id": key}, [{"$set": values}], upsert=True)

    def remove(self, workspace: str, links: Iterable[str]) -> None:
        """Forgets these links."""
        keys = [Binary(withdrawn_hash(workspace, WithdrawnKind.SHARE, link)) for link in links]
        if keys:
            self.rows.delete_many({"_id": {"$in": keys}})

    def all(self) -> Iterator[tuple[bytes, bytes]]:
        """Hash and token of every link, in ascending order of the hashes."""
        rows = self.rows.find({"_id": {"$gte": Binary(b"\0" * HASH_BYTES)}}, {"token": 1}, batch_size=10_000)
        return ((bytes(row["_id"]), row["token"].encode()) for row in rows.sort("_id", ASCENDING))

    def state(self) -> tuple[int, datetime | None]:
        """How many links there are and when the last change was stored: another value after every change."""
        row = self.rows.find_one({"changed_at": {"$exists": True}}, {"changed_at": 1}, sort=[("changed_at", -1)])
        return self.rows.estimated_document_count(), aware(row["changed_at"]) if row else None
