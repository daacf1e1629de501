"""The notes of one workspace."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.pipeline.note import Note
from tracker.store.pipeline.lead_records import BY_LEAD, LeadRecords


class Notes(LeadRecords[Note]):
    """Called by actions."""

    collection = "notes"
    indexes = (BY_LEAD, IndexModel([("ws", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]))
    kind = Note
