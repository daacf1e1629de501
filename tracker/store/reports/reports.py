"""Counts for reports, by aggregation over one workspace's leads, moves and sales."""

from datetime import datetime

from pymongo.database import Database

from tracker.rules.visibility import Owners
from tracker.store.core.client import Document
from tracker.store.leads.lead_query import owned_by
from tracker.store.merged_ids import MERGED, hidden_in, kept_leads


class Reports:
    """The totals of one workspace. Called by actions.reports."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._database = database
        self.workspace = workspace

    def leads_by(self, field: str, *, visible_to: Owners | None = None) -> list[tuple[str | None, str, int, int]]:
        """Per value of `source`, `stage` or `owner` and per stage: (value, stage, leads, sum of their scores)."""
        if field not in {"source", "stage", "owner"}:
            raise ValueError(field)
        match = {"ws": self.workspace, "keys.archived": False, **owned_by(visible_to)}
        group = {"_id": {"value": f"${field}", "stage": "$stage"}, "n": {"$sum": 1}, "score": {"$sum": "$derived.score"}}
        rows = self._database.leads.aggregate([{"$match": match}, {"$group": group}])
        return [(row["_id"].get("value"), row["_id"]["stage"], row["n"], row["score"]) for row in rows]

    def moves_into(self, since: datetime, *, visible_to: Owners | None = None) -> dict[str, int]:
        """Per stage: how many moves into it since then are still valid."""
        match = {"ws": self.workspace, "at": {"$gte": since}, "withdrawn": False}
        steps: list[Document] = [
            {"$match": match},
            *self._of_kept(),
            {"$group": {"_id": {"lead": "$lead", "stage": "$stage"}, "n": {"$sum": 1}}},
            *self._only_about(visible_to),
            {"$group": {"_id": "$_id.stage", "n": {"$sum": "$n"}}},
        ]
        return {row["_id"]: row["n"] for row in self._database.moves.aggregate(steps)}

    def sales_by_source(self, *, visible_to: Owners | None = None) -> dict[str | None, list[tuple[str, int]]]:
        """Per source: the sum of sales in each currency, in minor units."""
        steps: list[Document] = [
            {"$match": {"ws": self.workspace}},
            *self._of_kept(),
            {"$group": {"_id": {"lead": "$lead", "currency": "$currency"}, "amount": {"$sum": "$amount"}}},
            *(self._only_about(visible_to) or self._with_lead()),
            {"$group": {"_id": {"source": {"$first": "$lead.source"}, "currency": "$_id.currency"}, "amount": {"$sum": "$amount"}}},
            {"$sort": {"_id.currency": 1}},
        ]
        found: dict[str | None, list[tuple[str, int]]] = {}
        for row in self._database.sales.aggregate(steps):
            found.setdefault(row["_id"].get("source"), []).append((row["_id"]["currency"], row["amount"]))
        return found

    def _of_kept(self) -> list[Document]:
        """Pipeline steps that put the lead which was kept in place of one that was merged with it."""
        rows = self._database.leads.find({"ws": hidden_in(self.workspace), MERGED: {"$exists": True}}, {"_id": 1})
        kept = kept_leads(self._database, self.workspace, [row["_id"].partition(":")[2] for row in rows])
        if not kept:
            return []
        place = {"$indexOfArray": [list(kept), "$lead"]}
        known = {"$cond": [{"$eq": ["$place", -1]}, "$lead", {"$arrayElemAt": [list(kept.values()), "$place"]}]}
        return [{"$set": {"place": place}}, {"$set": {"lead": known}}]

    def _only_about(self, owners: Owners | None) -> list[Document]:
        """Pipeline steps that keep rows whose `_id.lead` is a lead of these owners; none for all owners."""
        if owners is None:
            return []
        return [*self._with_lead(), {"$match": {"lead": {"$ne": []}, "lead.owner": owned_by(owners)["owner"]}}]

    def _with_lead(self) -> list[Document]:
        """Pipeline steps that add the lead of `_id.lead` as `lead`: a list of one, or an empty list for a deleted lead."""
        return [
            {"$set": {"key": {"$concat": [self.workspace, ":", "$_id.lead"]}}},
            {"$lookup": {"from": "leads", "localField": "key", "foreignField": "_id", "as": "lead"}},
        ]
