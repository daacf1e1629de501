"""The columns of the board: the leads of one stage, best score first, and the figures of every stage. And the leads of Today."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.stage_total import StageTotal
from tracker.rules.pipeline.today import TodayQuery
from tracker.rules.visibility import Owners
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.leads.lead_field_records import LeadFieldRecords
from tracker.store.leads.lead_query import owned_by
from tracker.store.leads.today import today_filter, today_index, today_options

_FIGURES = "board_figures"


def board_indexes() -> Iterable[IndexModel]:
    """The index of columns of some owners, and the one that holds all that the figures need."""
    order = [("derived.score", DESCENDING), ("_id", DESCENDING)]
    yield IndexModel([("ws", ASCENDING), ("owner", ASCENDING), ("stage", ASCENDING), *order], name="board_owner")
    paths = ("ws", "keys.archived", "stage", "owner", "value.currency", "value.amount", "stage_since", "created_at")
    yield IndexModel([(path, ASCENDING) for path in paths], name=_FIGURES)


class LeadTodayRecords(LeadFieldRecords):
    """What `Leads` does for Today."""

    def today(self, query: TodayQuery, *, limit: int) -> list[Lead]:
        """The first leads of a block of Today."""
        rows = self.rows.find({"ws": self.workspace, **today_filter(query)}, limit=limit, **today_options(query))
        return [self.value_of(row) for row in rows]

    def count_today(self, query: TodayQuery, *, most: int) -> int:
        """How many leads a block of Today has; stops counting at `most`."""
        return self.rows.count_documents({"ws": self.workspace, **today_filter(query)}, limit=most, hint=today_index(query))

    def has_any(self) -> bool:
        """Whether the workspace has a lead, archived or not."""
        return self.rows.find_one({"ws": self.workspace}, {"_id": 1}) is not None


class BoardRecords(LeadTodayRecords):
    """What `Leads` does for the board."""

    def in_column(self, stage: str, *, visible_to: Owners | None, limit: int) -> Page[Lead]:
        """The first leads in a stage, best score first, without archived ones."""
        query: Document = {"keys.archived": False, "stage": stage, **owned_by(visible_to)}
        return page_of(self, query, sort="derived.score", descending=True, limit=limit)

    def stage_totals(self) -> list[StageTotal]:
        """The figures of every stage, owner and currency, read from an index alone; archived leads are left out."""
        since = {"$toLong": {"$ifNull": ["$stage_since", "$created_at"]}}
        group = {"_id": {"stage": "$stage", "owner": "$owner", "currency": "$value.currency"}, "n": {"$sum": 1}}
        group |= {"amount": {"$sum": "$value.amount"}, "since": {"$sum": since}}
        steps: list[Document] = [{"$match": {"ws": self.workspace, "keys.archived": False}}, {"$group": group}]
        return [
            StageTotal(key["stage"], key.get("owner"), key.get("currency"), int(row["n"]), int(row["amount"]), int(row["since"]))
            for row in self.rows.aggregate(steps, hint=_FIGURES)
            for key in (row["_id"],)
        ]

    def newest_update(self) -> datetime | None:
        """When a lead was changed last, archived or not; None without leads."""
        row = self.rows.find_one({"ws": self.workspace}, {"updated_at": 1}, sort=[("updated_at", DESCENDING), ("_id", DESCENDING)])
        return row["updated_at"] if row else None
