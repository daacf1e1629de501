"""Refused pages: how many page views were not recorded, by site, cause and day, and by nothing else. Bounded by the edge's limits."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from pymongo import ASCENDING, IndexModel, UpdateOne

from tracker.domain.workspace.refusal import RefusalCount, RefusalReason, RefusedPages
from tracker.store.core.client import Document
from tracker.store.core.records import key_of
from tracker.store.core.repository import WorkspaceRepository

RETENTION = timedelta(days=30)
_MOST_CAUSES = 100


class Refusals(WorkspaceRepository):
    """Written by workers.drain. Counts are cumulative for each process and day, so that a repeated write changes nothing."""

    collection = "refusals"
    indexes = (
        IndexModel([("ws", ASCENDING), ("day", ASCENDING)]),
        IndexModel([("day", ASCENDING), ("ws", ASCENDING)], name="days_of_all"),
        IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=round(RETENTION.total_seconds())),
    )

    def raise_to(self, counts: Iterable[RefusalCount]) -> None:
        """Raises the stored counts to these where these are greater."""
        changes = [UpdateOne({"_id": key_of(self.workspace, one.id)}, self._raise(one), upsert=True) for one in counts]
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def _raise(self, one: RefusalCount) -> Document:
        fixed = {
            "ws": self.workspace,
            "day": one.day.isoformat(),
            "site": one.site,
            "reason": one.reason.value,
            "origin": one.origin,
            "at": datetime(one.day.year, one.day.month, one.day.day),  # noqa: DTZ001 - MongoDB stores UTC
        }
        return {"$max": {"n": one.pages}, "$setOnInsert": fixed}

    def since(self, day: date) -> list[RefusedPages]:
        """The causes since this day (UTC), those with most pages first."""
        group = {
            "_id": {"site": "$site", "reason": "$reason", "origin": "$origin"},
            "n": {"$sum": "$n"},
            "day": {"$max": "$day"},
        }
        matched = {"$match": {"ws": self.workspace, "day": {"$gte": day.isoformat()}}}
        order = {"$sort": {"n": -1, "_id": 1}}
        return [_pages_of(row) for row in self.rows.aggregate([matched, {"$group": group}, order, {"$limit": _MOST_CAUSES}])]


def _pages_of(row: Document) -> RefusedPages:
    cause = row["_id"]
    return RefusedPages(cause["site"], RefusalReason(cause["reason"]), cause["origin"], row["n"], date.fromisoformat(row["day"]))
