"""Leases: at most one process at a time does a job, such as the periodic sweeps."""

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from tracker.store.core.repository import Repository


class Leases(Repository):
    """One document per job. Called by workers.periodic."""

    collection = "leases"
    is_in_backup = False

    def acquire(self, job: str, owner: str, now: datetime, duration: timedelta) -> bool:
        """Acquires or extends the lease; returns false while another owner holds it."""
        free = {"_id": job, "$or": [{"owner": owner}, {"until": {"$lte": now}}]}
        try:
            self.rows.update_one(free, {"$set": {"owner": owner, "until": now + duration}}, upsert=True)
        except DuplicateKeyError:
            return False
        return True
