"""What the changes of the last day did to each lead of one workspace, so that they can be undone. Called by actions.changes."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.leads.change import LeadChangeRow
from tracker.store.core.records import Records, key_of

KEPT_SECONDS = 24 * 3600


class LeadChanges(Records[LeadChangeRow]):
    """One row for each changed lead of a change."""

    collection = "changes"
    indexes = (
        IndexModel([("ws", ASCENDING), ("change", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("at", DESCENDING)]),
        IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=KEPT_SECONDS),
    )
    kind = LeadChangeRow
    is_in_backup = False

    def first_of(self, change: str) -> LeadChangeRow | None:
        """One row of the change, or nothing: its actor and time are those of all rows."""
        return next(iter(self.where({"change": change}, limit=1)), None)

    def of_change(self, change: str, *, after: str = "", limit: int = 500) -> list[LeadChangeRow]:
        """Rows of the change by id, beginning after that id."""
        query = {"change": change, "_id": {"$gt": key_of(self.workspace, after)}}
        return self.where(query, sort=[("_id", ASCENDING)], limit=limit)

    def of_lead(self, lead: str, *, since: datetime | None = None, limit: int = 50) -> list[LeadChangeRow]:
        """What was changed of the lead, newest first."""
        query = {"lead": lead, **({"at": {"$gte": since}} if since else {})}
        return self.where(query, sort=[("at", DESCENDING)], limit=limit)

    def claim(self, rows: Sequence[str], undo: str) -> set[str]:
        """Marks rows as undone by this change; returns those that no other change marked first."""
        keys = [key_of(self.workspace, row) for row in rows]
        self.rows.update_many({"_id": {"$in": keys}, "undone_by": None}, {"$set": {"undone_by": undo}})
        return {row.id for row in self.where({"_id": {"$in": keys}}) if row.undone_by == undo}

    def release(self, rows: Sequence[str], undo: str) -> None:
        """Takes back the marks of rows that could not be undone."""
        keys = [key_of(self.workspace, row) for row in rows]
        if keys:
            self.rows.update_many({"_id": {"$in": keys}, "undone_by": undo}, {"$set": {"undone_by": None}})
