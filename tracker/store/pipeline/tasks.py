"""The tasks of one workspace: the next actions of its leads."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.pipeline.task import Task
from tracker.store.core.client import Document
from tracker.store.core.stamps import STAMP_INDEX
from tracker.store.merged_ids import as_asked
from tracker.store.pipeline.lead_records import BY_LEAD, LeadRecords

_TO_REMIND: Document = {"remind_minutes": {"$gte": 0}, "done_at": None}


class Tasks(LeadRecords[Task]):
    """Called by actions."""

    collection = "tasks"
    is_stamped = True
    indexes = (
        STAMP_INDEX,
        BY_LEAD,
        IndexModel([("ws", ASCENDING), ("done_at", ASCENDING), ("due", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("done_at", ASCENDING), ("due", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("due", ASCENDING)], name="reminders", partialFilterExpression={"remind_minutes": {"$gte": 0}}),
        IndexModel([("due", ASCENDING), ("ws", ASCENDING)], name="due_of_all", partialFilterExpression=_TO_REMIND),
    )
    kind = Task

    def with_reminder(self, after: datetime, until: datetime, limit: int = 1_000) -> list[Task]:
        """Open tasks with a reminder that are due in this time, earliest first."""
        query = {"done_at": None, "due": {"$gte": after, "$lte": until}, "remind_minutes": {"$gte": 0}}
        return self.where(query, sort=[("due", ASCENDING)], limit=limit)

    def became_due(self, after: datetime, until: datetime, limit: int = 1_000) -> list[Task]:
        """Open tasks that became due in this time, earliest first."""
        return self.where({"done_at": None, "due": {"$gt": after, "$lte": until}}, sort=[("due", ASCENDING)], limit=limit)

    def open_of_lead(self, lead: str) -> list[Task]:
        """Not done yet, earliest first; those without a date last."""
        found = self.where({"lead": self._of_lead(lead), "done_at": None}, limit=200)
        return sorted(found, key=_by_due)

    def open_of_leads(self, leads: Iterable[str]) -> dict[str, list[Task]]:
        """The tasks of `open_of_lead` of each of these leads that has any, in one query."""
        ids, found = self._lead_ids(leads), dict[str, list[Task]]()
        for task in sorted(as_asked(self.where({"lead": {"$in": list(ids)}, "done_at": None}), ids), key=_by_due):
            found.setdefault(task.lead, []).append(task)
        return found

    def count_open_of(self, rep: str) -> int:
        """How many tasks of the rep are not done."""
        return self.count({"rep": rep, "done_at": None})

    def hand_over(self, rep: str, to: str | None) -> int:
        """Gives all open tasks of this rep to another one, or to none; how many."""
        query = {"ws": self.workspace, "rep": rep, "done_at": None}
        return self.rows.update_many(query, {"$set": {"rep": to}, "$inc": {"version": 1}}).modified_count

    def open(self, *, rep: str | None = None, until: datetime | None = None, limit: int = 200) -> list[Task]:
        """Not done yet, earliest first: of one rep or of all, due until a moment or at any time."""
        query: Document = {"done_at": None}
        if rep is not None:
            query["rep"] = rep
        if until is not None:
            query["due"] = {"$lte": until}
        return self.where(query, sort=[("due", ASCENDING)], limit=limit)


def _by_due(task: Task) -> tuple[bool, datetime, str]:
    return task.due is None, task.due or task.created_at, task.id
