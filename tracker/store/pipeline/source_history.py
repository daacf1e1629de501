"""The changes of the sources of leads of one workspace. Called by actions.leads.source_changes."""

from pymongo import DESCENDING

from tracker.domain.pipeline.source_change import SourceChange
from tracker.store.core.records import Records
from tracker.store.pipeline.lead_records import BY_LEAD


class SourceHistory(Records[SourceChange]):
    """Rows are only added; they are removed with their lead."""

    collection = "source_changes"
    indexes = (BY_LEAD,)
    kind = SourceChange

    def of_lead(self, lead: str, limit: int = 50) -> list[SourceChange]:
        """Newest first."""
        return self.where({"lead": self._of_lead(lead)}, sort=[("_id", DESCENDING)], limit=limit)
