"""The bytes of mails that the relay accepted, of all workspaces, in parts, because a document holds 16 MB at most. Called by actions.mail_relay."""

import contextlib
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from tracker.store.core.client import Document
from tracker.store.core.records import key_of
from tracker.store.core.repository import Repository, ids_of

PART_BYTES = 1 << 20


class MailBytes(Repository):
    """Kept before the row of their mail is, and removed after it: a row always has its bytes."""

    collection = "mail_bytes"
    indexes = (IndexModel([("at", ASCENDING), ("_id", ASCENDING)]),)

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the parts of one workspace."""
        return ids_of(workspace)

    def put(self, workspace: str, mail: str, raw: bytes, at: datetime) -> None:
        """Keeps the bytes, as of this time; returns once a majority has each part. Again: no difference. Raises PyMongoError."""
        parts = [raw[start : start + PART_BYTES] for start in range(0, len(raw), PART_BYTES)] or [b""]
        key = key_of(workspace, mail)
        for number, part in enumerate(parts):
            with contextlib.suppress(DuplicateKeyError):
                self.rows.insert_one({"_id": f"{key}:{number:04}", "ws": workspace, "at": at, "parts": len(parts), "bytes": part})

    def read(self, workspace: str, mail: str) -> bytes | None:
        """The bytes, if all parts are there."""
        rows = list(self.rows.find(_parts_of(workspace, mail), {"parts": 1, "bytes": 1}).sort("_id", ASCENDING))
        if not rows or len(rows) < rows[0]["parts"]:
            return None
        return b"".join(row["bytes"] for row in rows)

    def remove(self, workspace: str, mail: str) -> None:
        """Removes the bytes, if they are still there."""
        self.rows.delete_many(_parts_of(workspace, mail))

    def older(self, before: datetime) -> dict[str, str]:
        """The mails whose bytes were kept before that time, done or not, with their workspaces."""
        rows = self.rows.find({"at": {"$lt": before}}, {"_id": 1}, sort=[("at", ASCENDING)])
        keys = (row["_id"].split(":") for row in rows)
        return {mail: workspace for workspace, mail, _ in keys}


def _parts_of(workspace: str, mail: str) -> Document:
    key = key_of(workspace, mail)
    return {"ws": workspace, "_id": {"$gte": f"{key}:", "$lt": f"{key};"}}
