"""Records that belong to a lead: the base of sales, tasks and notes."""

from typing import TypeVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Record, Records

R = TypeVar("R", bound=Record)

BY_LEAD = IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("_id", DESCENDING)])


class LeadRecords(Records[R]):
    """Records with a `lead`; their ids sort by creation."""

    def of_lead(self, lead: str, limit: int = 200) -> list[R]:
        """Newest first."""
        return self.where({"lead": lead}, sort=[("_id", DESCENDING)], limit=limit)

    def page(self, *, lead: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[R]:
        """Newest first."""
        return page_of(self, {"lead": lead} if lead else {}, sort="_id", descending=True, cursor=cursor, limit=limit)
