"""The tombstones of one workspace's erased leads."""

from pymongo.database import Database

from tracker.domain.privacy.erasure import Tombstone
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH, Records, from_document


def tombstones_by_workspace(database: Database[Document]) -> dict[str, list[Tombstone]]:
    """Every tombstone of every workspace, in one query."""
    found: dict[str, list[Tombstone]] = {}
    for row in database[Tombstones.collection].find({"_id": {"$gt": ""}}, batch_size=BATCH).sort("_id", 1):
        found.setdefault(row["ws"], []).append(from_document(row, Tombstone))
    return found


class Tombstones(Records[Tombstone]):
    """Called by actions.privacy; never removed but with the workspace."""

    collection = "tombstones"
    kind = Tombstone

    def all(self) -> list[Tombstone]:
        """Every tombstone, by id."""
        rows = self.rows.find(self.workspace_filter(self.workspace), batch_size=BATCH).sort("_id", 1)
        return [from_document(row, Tombstone) for row in rows]
