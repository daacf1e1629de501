"""The tombstones of one workspace's erased leads."""

from tracker.domain.privacy.erasure import Tombstone
from tracker.store.core.records import BATCH, Records, from_document


class Tombstones(Records[Tombstone]):
    """Called by actions.privacy; never removed but with the workspace."""

    collection = "tombstones"
    kind = Tombstone

    def all(self) -> list[Tombstone]:
        """Every tombstone, by id."""
        rows = self.rows.find(self.workspace_filter(self.workspace), batch_size=BATCH).sort("_id", 1)
        return [from_document(row, Tombstone) for row in rows]
