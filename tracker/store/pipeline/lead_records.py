"""Records that belong to a lead: the base of sales, tasks and notes."""

from collections.abc import Collection, Iterable
from typing import Protocol, TypeVar

from pymongo import ASCENDING, DESCENDING, DeleteOne, IndexModel, UpdateOne

from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Record, Records, key_of, to_document
from tracker.store.core.stamps import stamp_leads
from tracker.store.merged_ids import as_asked


class OfLead(Record, Protocol):
    """A record that belongs to a lead."""

    @property
    def lead(self) -> str:
        """The lead's id."""
        ...


R = TypeVar("R", bound=OfLead)

BY_LEAD = IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("_id", DESCENDING)])


class LeadRecords(Records[R]):
    """Records with a `lead`; their ids sort by creation."""

    def of_lead(self, lead: str, limit: int = 200) -> list[R]:
        """Newest first."""
        return self.where({"lead": self._of_lead(lead)}, sort=[("_id", DESCENDING)], limit=limit)

    def latest_of(self, leads: Iterable[str], limit: int = 50) -> list[R]:
        """Of several leads together, newest first."""
        ids = self._lead_ids(leads)
        return as_asked(self.where({"lead": {"$in": list(ids)}}, sort=[("_id", DESCENDING)], limit=limit), ids)

    def page(self, *, lead: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[R]:
        """Newest first."""
        return page_of(self, {"lead": self._of_lead(lead)} if lead else {}, sort="_id", descending=True, cursor=cursor, limit=limit)

    def remove(self, record: str) -> bool:
        """As in Records; reports notice."""
        gone = self.rows.find_one_and_delete({"_id": key_of(self.workspace, record)}, {"lead": 1})
        if gone is not None and self.is_stamped:
            stamp_leads(self.rows, self.workspace, [gone["lead"]])
        return gone is not None

    def restore(self, present: Iterable[R], gone: Collection[str]) -> None:
        """Stores these records in place of what is stored of them, and deletes others, in one write."""
        former = self.by_ids(gone).values() if self.is_stamped else ()
        writes: list[UpdateOne | DeleteOne] = [DeleteOne({"_id": key_of(self.workspace, record)}) for record in gone]
        for record in present:
            document = to_document(record)
            document.pop("version", None)
            key, first = document.pop("_id"), {"lead": document.pop("lead")}  # of a merged lead, the record keeps its id
            query = {"_id": key, "ws": self.workspace}  # `ws` may be the shard key, which must be given
            writes.append(UpdateOne(query, {"$set": document, "$setOnInsert": first, "$inc": {"version": 1}}, upsert=True))
        if writes:
            self.rows.bulk_write(writes, ordered=False)
        stamp_leads(self.rows, self.workspace, [record.lead for record in former])
