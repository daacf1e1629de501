"""The visits of one workspace: what each browser did at one time."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import IndexModel

from tracker.domain.activity.visit import GAP, LONGEST, Visit
from tracker.store.core import time_ranges
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH, Records, from_document, key_of, replace_or_insert, to_document

_REACH = GAP + LONGEST
_FEW = 10


class Visits(Records[Visit]):
    """Derived; replaced whenever their events change. Written by workers, read by console and API."""

    collection = "visits"
    indexes = (
        IndexModel([("ws", 1), ("lead", 1), ("started_at", -1)], name="lead"),
        IndexModel([("ws", 1), ("visitor", 1), ("started_at", 1), ("ended_at", 1)], name="visitor"),
        IndexModel([("ws", 1), ("started_at", -1)], name="workspace"),
    )
    kind = Visit

    def of_lead(self, lead: str, *, limit: int = 50, before: datetime | None = None) -> list[Visit]:
        """The lead's visits, newest first."""
        query: Document = {"lead": lead, **({"started_at": {"$lt": before}} if before else {})}
        return self.where(query, sort=[("started_at", -1)], limit=limit)

    def latest_of(self, leads: Iterable[str], *, limit: int) -> list[Visit]:
        """The visits of several leads together, newest first."""
        return self.where({"lead": {"$in": list(leads)}}, sort=[("started_at", -1)], limit=limit)

    def first_of_lead(self, lead: str) -> list[Visit]:
        """The lead's earliest visits, oldest first: a few, because the first may be that of another reader."""
        return self.where({"lead": lead}, sort=[("started_at", 1)], limit=_FEW)

    def latest(self, *, limit: int = 20) -> list[Visit]:
        """The workspace's visits, newest first."""
        return self.where({}, sort=[("started_at", -1)], limit=limit)

    def around(self, ranges: dict[str, tuple[datetime, datetime]]) -> list[Visit]:
        """The visits of these visitors that are close to the given range, or may be once the dwell time of their last page is complete."""
        parts = [
            {"ws": self.workspace, "visitor": {"$in": visitors}, "started_at": {"$lte": end + GAP}, "ended_at": {"$gte": start - _REACH}}
            for (start, end), visitors in time_ranges.group_by_range(ranges).items()
        ]
        found = [from_document(row, Visit) for row in self.rows.find({"$or": parts}, batch_size=BATCH)] if parts else []
        return [v for v in found if v.started_at <= ranges[v.visitor][1] + GAP and v.ended_at >= ranges[v.visitor][0] - _REACH]

    def replace(self, old: Iterable[Visit], new: Iterable[Visit]) -> None:
        """Replaces the old visits by the new ones."""
        fresh = {visit.id: visit for visit in new}
        former = {visit.id for visit in old}
        replace_or_insert(self.rows, [to_document(visit) for visit in fresh.values()], {key_of(self.workspace, visit) for visit in former})
        gone = [key_of(self.workspace, visit) for visit in former - fresh.keys()]
        if gone:
            self.rows.delete_many({"_id": {"$in": gone}})
