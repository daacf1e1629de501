"""Blocks: the leads of one workspace as reports count them, stored in parts, and up to which stamp they are complete.

Derived from leads, moves, sales and inquiries; written by a sweep of workers.periodic and by erasures.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from bson.timestamp import Timestamp
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from tracker.base.ids import short_id
from tracker.store.core.client import Document
from tracker.store.core.records import key_of
from tracker.store.core.repository import WorkspaceRepository
from tracker.store.core.stamps import since

BLOCKS = 64
_STATE = "state"
_GONE = "gone_at"


def block_of(lead: str) -> int:
    """In which block a lead is."""
    return zlib.crc32(lead.encode()) % BLOCKS


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksState:
    """`epoch` changes when all is made anew. `until`: everything stamped before is in the blocks; None: there are none yet."""

    epoch: str
    until: Timestamp | None = None
    first_stage: str = ""
    """The first stage of the pipeline when they were made: some leads are taken to begin there."""
    format: int = 0


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """`made` changes with each write."""

    number: int
    data: bytes | None
    made: int


class ReportBlocks(WorkspaceRepository):
    """One document for each block, and one for their state."""

    collection = "report_blocks"
    is_in_backup = False
    indexes = (
        IndexModel([("ws", ASCENDING), (_GONE, ASCENDING)], partialFilterExpression={_GONE: {"$exists": True}}, name="gone"),
        IndexModel([("until", ASCENDING), ("ws", ASCENDING)], partialFilterExpression={"until": {"$exists": True}}, name="kept_of_all"),
    )

    def state(self) -> BlocksState:
        """The state; a new one where there is none, as after the records of the workspace were removed."""
        key = key_of(self.workspace, _STATE)
        row = self.rows.find_one({"_id": key})
        if row is None:
            self._insert({"_id": key, "ws": self.workspace, "epoch": short_id()})
            row = self.rows.find_one({"_id": key}) or {"epoch": ""}
        return BlocksState(epoch=row["epoch"], until=row.get("until"), first_stage=row.get("first_stage", ""), format=row.get("format", 0))

    def complete(self, state: BlocksState, *, is_anew: bool = False) -> None:
        """Notes up to where the blocks are complete, unless all were made anew meanwhile. `is_anew`: all who hold them read them again."""
        values = {"until": state.until, "first_stage": state.first_stage, "format": state.format}
        values |= {"epoch": short_id()} if is_anew else {}
        self.rows.update_one({"_id": key_of(self.workspace, _STATE), "epoch": state.epoch}, {"$set": values})

    def each(self) -> Iterator[StoredBlock]:
        """All blocks that are stored."""
        for row in self.rows.find(self.workspace_filter(self.workspace)):
            if "number" in row:
                yield _block(row)

    def block(self, number: int) -> StoredBlock:
        """One block; an empty one where none is stored."""
        row = self.rows.find_one({"_id": self._key(number)})
        return _block(row) if row else StoredBlock(number, None, 0)

    def write(self, block: StoredBlock, data: bytes) -> bool:
        """Stores the block with other data, unless it was written since it was read; whether it was stored."""
        changes: Document = {"data": zlib.compress(data, 1), "made": block.made + 1}
        if block.made or block.data is not None:
            return self.rows.update_one({"_id": self._key(block.number), "made": block.made}, {"$set": changes}).matched_count == 1
        return self._insert({"_id": self._key(block.number), "ws": self.workspace, "number": block.number, **changes})

    def note_gone(self, number: int) -> None:
        """Tells all that hold this block that a lead of it was erased. It counts as written."""
        key = self._key(number)
        self._insert({"_id": key, "ws": self.workspace, "number": number, "made": 0})
        self.rows.update_one({"_id": key}, {"$inc": {"made": 1}, "$currentDate": {_GONE: {"$type": "timestamp"}}})

    def gone_since(self, stamp: Timestamp) -> dict[int, Timestamp]:
        """The blocks of which a lead was erased since about then, with the stamp of the last one."""
        rows = self.rows.find(since(self.workspace, stamp, _GONE), {"number": 1, _GONE: 1})
        return {row["number"]: row[_GONE] for row in rows}

    def _key(self, number: int) -> str:
        return key_of(self.workspace, f"{number:02}")

    def _insert(self, document: Document) -> bool:
        try:
            self.rows.insert_one(document)
        except DuplicateKeyError:
            return False
        return True


def _block(row: Document) -> StoredBlock:
    return StoredBlock(row["number"], zlib.decompress(row["data"]) if row.get("data") else None, row["made"])
