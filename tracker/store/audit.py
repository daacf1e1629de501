"""The audit log of one workspace: written once, read newest first, removed only with the workspace."""

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database

from tracker.domain.audit import AuditEntry
from tracker.store.records import Document, Records

INDEXES = {"audit": [IndexModel([("ws", ASCENDING), ("_id", DESCENDING)])]}


class Audit(Records[AuditEntry]):
    """The entries of one workspace. Ids rise with time, so their order is the order of what was done."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["audit"], workspace, AuditEntry)
