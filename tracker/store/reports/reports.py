"""Counts for reports, by aggregation over one workspace's moves."""

from collections import Counter
from collections.abc import Container
from datetime import datetime
from typing import Any

from pymongo.database import Database

from tracker.store.core.client import Document
from tracker.store.merged_ids import MERGED, hidden_in, kept_leads

_AT_ONCE = 20_000


class Reports:
    """The totals of one workspace. Called by actions.reports."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._database = database
        self.workspace = workspace

    def moves_into(self, since: datetime, *, leads: Container[str] | None = None) -> dict[str, int]:
        """Per stage: how many moves of these leads (None: of all) into it since then are still valid."""
        match = {"ws": self.workspace, "at": {"$gte": since}, "withdrawn": False}
        key: Any = "$stage" if leads is None else {"lead": "$lead", "stage": "$stage"}
        steps: list[Document] = [{"$match": match}, {"$group": {"_id": key, "n": {"$sum": 1}}}]
        rows = self._database.moves.aggregate(steps, batchSize=_AT_ONCE)
        if leads is None:
            return {row["_id"]: row["n"] for row in rows}
        kept, found = self._kept(), Counter[str]()
        for row in rows:
            lead, stage = row["_id"]["lead"], row["_id"]["stage"]
            found[stage] += row["n"] if kept.get(lead, lead) in leads else 0
        return +found

    def _kept(self) -> dict[str, str]:
        """By lead that was merged: the one that was kept."""
        rows = self._database.leads.find({"ws": hidden_in(self.workspace), MERGED: {"$exists": True}}, {"_id": 1})
        return kept_leads(self._database, self.workspace, [row["_id"].partition(":")[2] for row in rows])
