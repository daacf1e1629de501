"""The notes of one workspace."""

from collections.abc import Iterable

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.pipeline.note import TOUCH, Note
from tracker.store.core.paging import Page, page_of
from tracker.store.core.stamps import STAMP_INDEX
from tracker.store.merged_ids import as_asked
from tracker.store.pipeline.lead_records import BY_LEAD, LeadRecords


class Notes(LeadRecords[Note]):
    """Called by actions and workers."""

    collection = "notes"
    is_stamped = True
    indexes = (
        STAMP_INDEX,
        BY_LEAD,
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("kind", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
    )
    kind = Note

    def touches(self, lead: str, *, cursor: str | None = None, limit: int = 50) -> Page[Note]:
        """The touches of a lead, newest first."""
        return page_of(self, {"lead": self._of_lead(lead), "kind": TOUCH}, sort="_id", descending=True, cursor=cursor, limit=limit)

    def of_leads(self, leads: Iterable[str]) -> list[Note]:
        """The notes of several leads in one query. Called by workers."""
        ids = self._lead_ids(leads)
        return as_asked(self.where({"lead": {"$in": list(ids)}}), ids)
