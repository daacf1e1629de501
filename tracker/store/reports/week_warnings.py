"""The warnings about figures of one workspace: one document for each week and those who see the same leads."""

from datetime import date

from pymongo import ASCENDING, IndexModel

from tracker.domain.reports.figure_warning import WeekWarnings
from tracker.store.core.records import Records


class WeekWarningRecords(Records[WeekWarnings]):
    """Added once the week is over. Called by actions.reports.warnings."""

    collection = "week_warnings"
    indexes = (IndexModel([("ws", ASCENDING), ("monday", ASCENDING)], name="monday"),)
    kind = WeekWarnings

    def forget(self, before: date) -> None:
        """Deletes those of earlier weeks."""
        self.rows.delete_many({"ws": self.workspace, "monday": {"$lt": before.isoformat()}})
