"""The running erasures of one workspace."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel, ReturnDocument

from tracker.domain.privacy.erasure import Erasure
from tracker.store.core.records import Records, from_document, key_of


class Erasures(Records[Erasure]):
    """Called by actions.privacy."""

    collection = "erasures"
    indexes = (
        IndexModel([("ws", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("due_at", ASCENDING), ("ws", ASCENDING)], name="due_of_all"),
    )
    kind = Erasure

    def claim(self, now: datetime, until: datetime) -> Erasure | None:
        """Takes the erasure that has been due longest; it is due again at `until`."""
        query = {"ws": self.workspace, "due_at": {"$lte": now}}
        row = self.rows.find_one_and_update(
            query, {"$set": {"due_at": until}}, sort=[("due_at", ASCENDING)], return_document=ReturnDocument.AFTER
        )
        return from_document(row, Erasure) if row else None

    def extend(self, lead: str, **ids: Iterable[str]) -> Erasure:
        """Adds ids to `messages`, `shares` or `visitors`."""
        change = {name: {"$each": sorted(set(values))} for name, values in ids.items()}
        row = self.rows.find_one_and_update(
            {"_id": key_of(self.workspace, lead)}, {"$addToSet": change}, return_document=ReturnDocument.AFTER
        )
        return from_document(row, Erasure) if row else self.get(lead)
