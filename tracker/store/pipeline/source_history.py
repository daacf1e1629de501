"""The changes of the sources of leads of one workspace. Called by actions.leads.source_changes."""

from tracker.domain.pipeline.source_change import SourceChange
from tracker.store.pipeline.lead_records import BY_LEAD, LeadRecords


class SourceHistory(LeadRecords[SourceChange]):
    """Rows are only added; they are removed with their lead."""

    collection = "source_changes"
    indexes = (BY_LEAD,)
    kind = SourceChange
