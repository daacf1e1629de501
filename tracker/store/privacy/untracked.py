"""Untracked requests: how many requests of withdrawn ids the edge answered without a record, by day and by nothing else."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pymongo import ASCENDING, IndexModel

from tracker.store.core.records import insert_once, key_of
from tracker.store.core.repository import WorkspaceRepository

RETENTION = timedelta(days=400)


class UntrackedCount(NamedTuple):
    """A count of one day, from one edge process or one spool row. `id` is random and makes the storage repeatable."""

    id: str
    day: date
    requests: int


class UntrackedCounts(WorkspaceRepository):
    """Written by workers.drain; part of the export of a workspace."""

    collection = "untracked"
    indexes = (
        IndexModel([("ws", ASCENDING), ("day", ASCENDING)]),
        IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=round(RETENTION.total_seconds())),
    )

    def add(self, counts: Iterable[UntrackedCount]) -> None:
        """Stores counts, each once."""
        insert_once(
            self.rows,
            [
                {
                    "_id": key_of(self.workspace, one.id),
                    "ws": self.workspace,
                    "day": one.day.isoformat(),
                    "n": one.requests,
                    "at": datetime(one.day.year, one.day.month, one.day.day),  # noqa: DTZ001 - MongoDB stores UTC
                }
                for one in counts
            ],
        )

    def by_day(self) -> dict[str, int]:
        """The number of requests by day (UTC)."""
        group = {"_id": "$day", "n": {"$sum": "$n"}}
        rows = self.rows.aggregate([{"$match": {"ws": self.workspace}}, {"$group": group}, {"$sort": {"_id": 1}}])
        return {row["_id"]: row["n"] for row in rows}
