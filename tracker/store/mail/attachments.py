"""The attachments of one workspace, with their content. MongoDB deletes unused ones a day after the upload."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.mail.attachment import Attachment
from tracker.store.core.records import from_document, key_of, to_document
from tracker.store.core.repository import WorkspaceRepository


class Attachments(WorkspaceRepository):
    """One document for each file. Called by actions."""

    collection = "attachments"
    indexes = (
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        IndexModel([("ws", ASCENDING), ("owner", ASCENDING)]),
    )

    def add(self, attachment: Attachment, content: bytes, expires_at: datetime) -> Attachment:
        """Stores a file; it is deleted at `expires_at` unless a message uses it before."""
        self.rows.insert_one({**to_document(attachment), "content": content, "expires_at": expires_at})
        return attachment

    def by_ids(self, attachments: Iterable[str]) -> dict[str, Attachment]:
        """Those that exist, by id, without their content."""
        rows = self.rows.find({"_id": {"$in": self._keys(attachments)}}, {"content": 0, "expires_at": 0})
        return {found.id: found for found in (from_document(row, Attachment) for row in rows)}

    def content(self, attachments: Iterable[str]) -> dict[str, bytes]:
        """The content of those that exist, by id."""
        rows = self.rows.find({"_id": {"$in": self._keys(attachments)}}, {"content": 1})
        return {row["_id"].partition(":")[2]: bytes(row["content"]) for row in rows}

    def assign(self, attachments: Iterable[str], owner: str) -> int:
        """Gives unused files to a message or a batch, for as long as it exists; returns how many were unused."""
        query = {"_id": {"$in": self._keys(attachments)}, "owner": None}
        return self.rows.update_many(query, {"$set": {"owner": owner}, "$unset": {"expires_at": ""}}).modified_count

    def remove_of(self, owners: Iterable[str]) -> int:
        """Deletes the files of these messages or batches; returns their number."""
        return self.rows.delete_many({"ws": self.workspace, "owner": {"$in": sorted(set(owners))}}).deleted_count

    def _keys(self, attachments: Iterable[str]) -> list[str]:
        return [key_of(self.workspace, attachment) for attachment in sorted(set(attachments))]
