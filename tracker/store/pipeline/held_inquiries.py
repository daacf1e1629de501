"""Inquiries beyond the daily limit of their form. Written by workers, released by admins."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.pipeline.held_inquiry import HeldInquiry
from tracker.store.core.records import Records, key_of, plain


class HeldInquiries(Records[HeldInquiry]):
    """One document for each."""

    collection = "held_inquiries"
    indexes = (IndexModel([("ws", ASCENDING), ("released_at", ASCENDING), ("at", DESCENDING)], name="held"),)
    kind = HeldInquiry

    def held(self, limit: int) -> list[HeldInquiry]:
        """Those that are held, newest first."""
        return self.where({"released_at": None}, sort=[("at", DESCENDING)], limit=limit)

    def count_held(self, limit: int) -> int:
        """How many are held; counting stops at `limit`."""
        return self.count({"released_at": None}, limit=limit)

    def release(self, inquiries: Iterable[str], at: datetime) -> None:
        """Notes that these are to become leads."""
        keys = [key_of(self.workspace, inquiry) for inquiry in inquiries]
        self.rows.update_many({"_id": {"$in": keys}, "released_at": None}, {"$set": {"released_at": plain(at)}})
