"""Evidence that is no event: HEAD requests and refused tokens. Expires after thirty days."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import IndexModel, ReplaceOne

from tracker.domain.activity.capture import Capture
from tracker.store.core.client import Document
from tracker.store.core.records import plain
from tracker.store.core.repository import Repository


class Evidence(Repository):
    """Spans workspaces, because a refused token may name none. Called by workers.drain."""

    collection = "evidence"
    indexes = (
        IndexModel([("ws", 1), ("at", -1)], name="workspace"),
        IndexModel([("message", 1)], name="message", sparse=True),
        IndexModel([("at", 1)], name="expiry", expireAfterSeconds=30 * 24 * 3600),
    )

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the captures whose token names the workspace."""
        return {"ws": workspace}

    def add(self, captures: Iterable[tuple[Capture, datetime]]) -> None:
        """Stores captures that are evidence only, each once."""
        changes = []
        for capture, at in captures:
            document = {**plain(capture), "at": at, "ws": capture.workspace}
            del document["id"]
            changes.append(ReplaceOne({"_id": capture.id}, document, upsert=True))
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def count(self, query: Document | None = None) -> int:
        """How many captures match."""
        return self.rows.count_documents(query or {})
