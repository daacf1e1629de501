"""The sales of one workspace."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.pipeline.sale import Sale
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import key_of
from tracker.store.core.stamps import STAMP_INDEX
from tracker.store.merged_ids import as_asked
from tracker.store.pipeline.lead_records import BY_LEAD, LeadRecords


class Sales(LeadRecords[Sale]):
    """Called by actions and reports."""

    collection = "sales"
    is_stamped = True
    indexes = (
        STAMP_INDEX,
        BY_LEAD,
        IndexModel([("ws", ASCENDING), ("sold_on", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("refund_of", ASCENDING)], partialFilterExpression={"refund_of": {"$gt": ""}}, name="refunds"),
        IndexModel([("ws", ASCENDING), ("remind_on", ASCENDING)], partialFilterExpression={"remind_on": {"$gt": ""}}, name="renewals"),
        IndexModel(
            [("remind_on", ASCENDING), ("ws", ASCENDING)], partialFilterExpression={"remind_on": {"$gt": ""}}, name="renewals_of_all"
        ),
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("currency", ASCENDING), ("amount", ASCENDING)]),
    )
    kind = Sale

    def dated(self, first: date, end: date, *, rep: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Sale]:
        """Sales and refunds of a rep, or of all, dated from `first` to before `end`, the latest first."""
        query = {"sold_on": {"$gte": first.isoformat(), "$lt": end.isoformat()}} | ({"rep": rep} if rep else {})
        return page_of(self, query, sort="sold_on", descending=True, cursor=cursor, limit=limit)

    def totals(self) -> list[tuple[str, int, int]]:
        """Per currency: the number of sales, and their sum in minor units."""
        group = {"_id": "$currency", "n": {"$sum": 1}, "amount": {"$sum": "$amount"}}
        rows = self.rows.aggregate([{"$match": {"ws": self.workspace}}, {"$group": group}, {"$sort": {"_id": 1}}])
        return [(row["_id"], row["n"], row["amount"]) for row in rows]

    def totals_by_rep(self) -> list[tuple[str | None, str, int]]:
        """Per rep and currency: the sum of sales in minor units, read from an index alone."""
        group = {"_id": {"rep": "$rep", "currency": "$currency"}, "amount": {"$sum": "$amount"}}
        rows = self.rows.aggregate([{"$match": {"ws": self.workspace}}, {"$group": group}], hint="ws_1_rep_1_currency_1_amount_1")
        return [(row["_id"].get("rep"), row["_id"]["currency"], row["amount"]) for row in rows]

    def of_leads(self, leads: list[str]) -> list[Sale]:
        """All sales to these leads."""
        ids = self._lead_ids(leads)
        return as_asked(self.where({"lead": {"$in": list(ids)}}), ids)

    def sums_by_lead(self, leads: Iterable[str]) -> list[tuple[str, str, int]]:
        """For each of these leads and each currency: the sum of its sales in minor units."""
        wanted = self._lead_ids(leads)
        match = {"ws": self.workspace, "lead": {"$in": list(wanted)}}
        group = {"_id": {"lead": "$lead", "currency": "$currency"}, "amount": {"$sum": "$amount"}}
        rows = self.rows.aggregate([{"$match": match}, {"$group": group}]) if wanted else ()
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for row in rows:
            sums[wanted[row["_id"]["lead"]], row["_id"]["currency"]] += row["amount"]
        return [(*key, amount) for key, amount in sums.items()]

    def to_renew(self, today: date, *, limit: int) -> list[Sale]:
        """The sales of which a rep is to be reminded by now, the first due first."""
        return self.where({"remind_on": {"$gt": "", "$lte": today.isoformat()}}, sort=[("remind_on", ASCENDING)], limit=limit)

    def set_reminded(self, sale: str) -> None:
        """Notes that the rep was reminded."""
        self.rows.update_one({"_id": key_of(self.workspace, sale), "ws": self.workspace}, {"$set": {"remind_on": None}})

    def refunds_of(self, sale: str) -> list[Sale]:
        """What was paid back of a sale."""
        return self.where({"refund_of": sale})

    def void_refunds(self, sale: str) -> None:
        """The refunds of a deleted sale count no more."""
        counts = {"refund_of": sale, "void_amount": None}
        for refund in self.where(counts):
            self._set_amounts(refund.id, {"void_amount": refund.amount, "amount": 0})

    def count_refunds(self, sale: str) -> None:
        """The refunds of a sale that is there again count as before."""
        is_void = {"refund_of": sale, "void_amount": {"$ne": None}}
        for refund in self.where(is_void):
            self._set_amounts(refund.id, {"amount": refund.void_amount, "void_amount": None})

    def _set_amounts(self, refund: str, amounts: dict[str, int | None]) -> None:
        self.rows.update_one({"_id": key_of(self.workspace, refund), "ws": self.workspace}, {"$set": amounts})
