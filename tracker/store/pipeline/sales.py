"""The sales, tasks and notes of one workspace."""

from datetime import datetime
from typing import TypeVar

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database

from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.sale import Sale
from tracker.domain.pipeline.task import Task
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Document, Record, Records

R = TypeVar("R", bound=Record)

_OF_LEAD = IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("_id", DESCENDING)])

INDEXES = {
    "sales": [_OF_LEAD, IndexModel([("ws", ASCENDING), ("sold_on", DESCENDING), ("_id", DESCENDING)])],
    "tasks": [
        _OF_LEAD,
        IndexModel([("ws", ASCENDING), ("done_at", ASCENDING), ("due", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("done_at", ASCENDING), ("due", ASCENDING)]),
    ],
    "notes": [_OF_LEAD, IndexModel([("ws", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)])],
}


class AboutLeads(Records[R]):
    """What stands around leads; ids sort by birth."""

    def of_lead(self, lead: str, limit: int = 200) -> list[R]:
        """Newest first."""
        return self.where({"lead": lead}, sort=[("_id", DESCENDING)], limit=limit)

    def page(self, *, lead: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[R]:
        """Newest first."""
        return page_of(self, {"lead": lead} if lead else {}, sort="_id", descending=True, cursor=cursor, limit=limit)


class Sales(AboutLeads[Sale]):
    """The sales of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["sales"], workspace, Sale)

    def totals(self) -> list[tuple[str, int, int]]:
        """Per currency: how many sales, and their sum in minor units."""
        group = {"_id": "$currency", "n": {"$sum": 1}, "amount": {"$sum": "$amount"}}
        rows = self.rows.aggregate([{"$match": {"ws": self.workspace}}, {"$group": group}, {"$sort": {"_id": 1}}])
        return [(row["_id"], row["n"], row["amount"]) for row in rows]

    def of_leads(self, leads: list[str]) -> list[Sale]:
        """All sales to these leads."""
        return self.where({"lead": {"$in": leads}})


class Tasks(AboutLeads[Task]):
    """The tasks of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["tasks"], workspace, Task)

    def open_of_lead(self, lead: str) -> list[Task]:
        """Not done yet, earliest first; those without a date last."""
        found = self.where({"lead": lead, "done_at": None}, limit=200)
        return sorted(found, key=lambda task: (task.due is None, task.due or task.created_at, task.id))

    def open(self, *, rep: str | None = None, until: datetime | None = None, limit: int = 200) -> list[Task]:
        """Not done yet, earliest first: of one rep or of all, due until a moment or at any time."""
        query: Document = {"done_at": None}
        if rep is not None:
            query["rep"] = rep
        if until is not None:
            query["due"] = {"$lte": until}
        return self.where(query, sort=[("due", ASCENDING)], limit=limit)


class Notes(AboutLeads[Note]):
    """The notes of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["notes"], workspace, Note)
