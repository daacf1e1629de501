"""The saved reports of one workspace. Called by actions."""

from pymongo import ASCENDING, IndexModel

from tracker.domain.reports.saved_report import SavedReport
from tracker.store.core.client import Document
from tracker.store.core.records import Records


class SavedReports(Records[SavedReport]):
    """One document for each report."""

    collection = "saved_reports"
    indexes = (
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("is_shared", ASCENDING)]),
    )
    kind = SavedReport

    def visible(self, rep: str | None) -> list[SavedReport]:
        """The shared reports, and those of the rep, by name."""
        own: list[Document] = [{"rep": rep}] if rep else []
        found = self.where({"$or": [{"is_shared": True}, *own]})
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))
