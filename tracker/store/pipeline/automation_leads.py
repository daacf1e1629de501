"""The leads that an automation has to look at: those with a time in a range. Every query names its index. Called by actions.automations."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo.database import Database

from tracker.store.core.client import Document

WAITS = "derived.waits_since"
CONTACT, SEEN, CREATED, STAGED = "derived.last_contact_at", "derived.last_seen_at", "created_at", "stage_since"
"""The times of leads that are looked for."""
_INDEXES = {
    CONTACT: "ws_1_derived.last_contact_at_1_derived.first_contact_at_1",
    SEEN: "ws_1_derived.last_seen_at_-1__id_-1",
    CREATED: "ws_1_created_at_-1__id_-1",
    STAGED: "ws_1_stage_1_stage_since_1_created_at_1",
}


class AutomationLeads:
    """Ids of leads of one workspace that are not archived."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._rows, self._workspace = database.leads, workspace

    def timed(self, field: str, after: datetime, until: datetime, *, stages: Sequence[str] = (), limit: int) -> list[str]:
        """Those whose time of `field` is in the range; `stages` are needed for `STAGED`, and are those they may be in."""
        query: Document = {field: {"$gte": after, "$lte": until}} | ({"stage": {"$in": list(stages)}} if stages else {})
        return self._ids(query, _INDEXES[field], limit)

    def new_in(self, stages: Sequence[str], after: datetime, until: datetime, *, limit: int) -> list[str]:
        """Those in one of these stages that were added in the range, other than by an import."""
        query: Document = {CREATED: {"$gte": after, "$lte": until}, "stage": {"$in": list(stages)}, "is_imported": {"$ne": True}}
        return self._ids(query, _INDEXES[CREATED], limit)

    def waiting_in(self, stages: Sequence[str], after: datetime, until: datetime, *, limit: int) -> list[str]:
        """Those in one of these stages who have not responded to the company's contact in the range."""
        query: Document = {"keys.archived": False, "stage": {"$in": list(stages)}, WAITS: {"$gte": after, "$lte": until}}
        return self._ids(query, "today_wait", limit)

    def with_entry(self, low: str, high: str, *, limit: int) -> list[str]:
        """Those with an entry (rules.conditions.entries) from `low`, included, to `high`, excluded."""
        return self._ids({"keys.values": {"$elemMatch": {"$gte": low, "$lt": high}}}, "ws_1_keys.values_1", limit)

    def newest(self, limit: int) -> list[str]:
        """Those that were added last."""
        return self._ids({}, _INDEXES[CREATED], limit, sort=[("created_at", -1), ("_id", -1)])

    def _ids(self, query: Document, index: str, limit: int, **more: Any) -> list[str]:
        found = self._rows.find({"ws": self._workspace, **query, "archived_at": None}, {"_id": 1}, hint=index, limit=limit, **more)
        return ids_in(row["_id"] for row in found)


def ids_in(keys: Iterable[str]) -> list[str]:
    """The ids in `_id`s, each once."""
    return list(dict.fromkeys(key.partition(":")[2] for key in keys))
