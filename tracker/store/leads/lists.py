"""The saved lists of one workspace. Called by actions."""

from pymongo import ASCENDING, IndexModel

from tracker.domain.leads.lead_list import LeadList
from tracker.store.core.client import Document
from tracker.store.core.records import Records


class LeadLists(Records[LeadList]):
    """One document for each list."""

    collection = "lists"
    indexes = (
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("name", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("is_shared", ASCENDING), ("name", ASCENDING)]),
    )
    kind = LeadList

    def visible(self, rep: str | None) -> list[LeadList]:
        """The shared lists, and those of the rep, by name."""
        own: list[Document] = [{"rep": rep}] if rep else []
        found = self.where({"$or": [{"is_shared": True}, *own]})
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))
