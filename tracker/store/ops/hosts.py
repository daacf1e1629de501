"""The hosts of the installation: the last report of each of their processes. Small, read as a whole."""

from datetime import datetime

import msgspec

from tracker.domain.ops.host import DRAIN, HostReport
from tracker.store.core.records import aware, plain
from tracker.store.core.repository import Repository

_AFTER = "!"
"""Sorts behind the space that ends the name of a host."""


class Hosts(Repository):
    """One document per process and host. Called by actions.ops.hosts and workers.drain."""

    collection = "hosts"
    is_in_backup = False

    def report(self, report: HostReport) -> None:
        """Replaces the last report of this process."""
        self.rows.replace_one({"_id": report.id}, plain(report), upsert=True)

    def all(self) -> list[HostReport]:
        """Every last report, by host and process."""
        return [
            msgspec.convert({**row, "at": aware(row["at"])}, HostReport)
            for row in self.rows.find({"_id": {"$gt": ""}}).sort("_id").limit(5000)
        ]

    def forget(self, host: str) -> int:
        """Removes a host; returns the number of its processes."""
        return self.rows.delete_many({"_id": {"$gte": f"{host} ", "$lt": f"{host}{_AFTER}"}}).deleted_count

    def leave(self, report: HostReport) -> None:
        """Removes one process."""
        self.rows.delete_one({"_id": report.id})

    def expire(self, *, before: datetime, drains_before: datetime) -> int:
        """Removes processes that were silent for long, drains after a longer time; returns their number."""
        old = {"_id": {"$gt": ""}, "$or": [{"process": {"$ne": DRAIN}, "at": {"$lt": before}}, {"at": {"$lt": drains_before}}]}
        return self.rows.delete_many(old).deleted_count
