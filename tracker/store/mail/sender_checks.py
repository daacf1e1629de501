"""Sender checks: the last one of each workspace, and those that are requested."""

from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel, ReturnDocument

from tracker.domain.mail.sender_check import SenderCheck
from tracker.store.core.client import Document
from tracker.store.core.records import plain, read_plain
from tracker.store.core.repository import Repository

LEASE = timedelta(minutes=2)
"""A check whose process died starts again after this."""


class SenderChecks(Repository):
    """By workspace. Read by the console, written by the sweep."""

    collection = "sender_checks"
    indexes = (IndexModel([("due_at", ASCENDING)]),)

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """The document of one workspace."""
        return {"_id": workspace}

    def find(self, workspace: str) -> SenderCheck | None:
        """The last check, and whether one is requested; None: neither."""
        row = self.rows.find_one({"_id": workspace})
        return read_plain(row, SenderCheck) if row else None

    def request(self, workspace: str, now: datetime) -> None:
        """Makes a check due; the former findings stay until it is done."""
        self.rows.update_one({"_id": workspace}, {"$set": {"due_at": now}}, upsert=True)

    def claim(self, now: datetime) -> SenderCheck | None:
        """The check that has been due for the longest time; `due_at` is the end of its lease. No other process gets it before that."""
        row = self.rows.find_one_and_update(
            {"due_at": {"$lte": now}},
            {"$set": {"due_at": now + LEASE}},
            sort=[("due_at", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )
        return read_plain(row, SenderCheck) if row else None

    def save(self, check: SenderCheck) -> None:
        """Stores the findings of a claimed check. One that was requested meanwhile stays due. A removed workspace stays removed."""
        self.rows.update_one({"_id": check.id}, {"$set": {"checked_at": check.checked_at, "findings": plain(check.findings)}})
        self.rows.update_one({"_id": check.id, "due_at": check.due_at}, {"$set": {"due_at": None}})
