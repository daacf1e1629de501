"""The visits of one workspace: what each browser did at one time."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import IndexModel

from tracker.domain.activity.form import FormKind
from tracker.domain.activity.visit import GAP, LONGEST, Visit
from tracker.store.core import time_ranges
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import BATCH, Records, from_document, key_of, replace_or_insert, to_document
from tracker.store.core.stamps import STAMP_INDEX, stamp_leads
from tracker.store.merged_ids import as_asked
from tracker.store.reports.visit_days import stamp_days

_REACH = GAP + LONGEST
_OF_LEADS: Document = {"lead": {"$type": "string"}}
"""Matches visits of known leads."""
_INQUIRIES = ("", FormKind.INQUIRY.value)
"""The kinds of sent forms that are inquiries."""


class Visits(Records[Visit]):
    """Derived; replaced whenever their events change. Written by workers, read by console and API."""

    collection = "visits"
    is_stamped = True
    indexes = (
        IndexModel([("ws", 1), ("lead", 1), ("started_at", -1)], name="lead"),
        IndexModel([("ws", 1), ("visitor", 1), ("started_at", 1), ("ended_at", 1)], name="visitor"),
        IndexModel([("ws", 1), ("started_at", -1)], name="workspace"),
        IndexModel([("ws", 1), ("started_at", -1), ("_id", -1)], name="of_leads", partialFilterExpression=_OF_LEADS),
        STAMP_INDEX,
    )
    kind = Visit

    def of_lead(self, lead: str, *, limit: int = 50, before: datetime | None = None) -> list[Visit]:
        """The lead's visits, newest first."""
        query: Document = {"lead": self._of_lead(lead), **({"started_at": {"$lt": before}} if before else {})}
        return self.where(query, sort=[("started_at", -1)], limit=limit)

    def latest_of(self, leads: Iterable[str], *, limit: int) -> list[Visit]:
        """The visits of several leads together, newest first."""
        ids = self._lead_ids(leads)
        found = self.where({"lead": {"$in": list(ids)}}, sort=[("started_at", -1)], limit=limit)
        return as_asked(found, ids)

    def ends_of_leads(self, leads: Iterable[str]) -> dict[str, tuple[Visit, Visit]]:
        """The first and the last visit of each of these leads that has any, those of other readers left out."""
        ids = self._lead_ids(leads)
        ends: list[Document] = [{"$match": {"ws": self.workspace, "lead": {"$in": list(ids)}}}]
        ends += [{"$group": {"_id": "$lead", "first": {"$min": "$started_at"}, "last": {"$max": "$started_at"}}}]
        spans = {row["_id"]: (row["first"], row["last"]) for row in self.rows.aggregate(ends, hint="lead")}
        at: list[Document] = [{"ws": self.workspace, "lead": lead, "started_at": {"$in": list(span)}} for lead, span in spans.items()]
        found: dict[str, list[Visit]] = {}
        for visit in self.where({"$or": at}) if at else ():
            found.setdefault(visit.lead or "", []).append(visit)
        by_lead: dict[str, list[Visit]] = {}
        for lead, span in spans.items():
            by_lead.setdefault(ids[lead], []).extend(self._ends(lead, span, found.get(lead, [])) or ())
        orders = {lead: sorted(both, key=lambda visit: (visit.started_at, visit.id)) for lead, both in by_lead.items()}
        return {lead: (order[0], order[-1]) for lead, order in orders.items() if order}

    def _ends(self, lead: str, span: tuple[datetime, datetime], at_ends: list[Visit]) -> tuple[Visit, Visit] | None:
        """The lead's own visits closest to both ends. `at_ends` began there; another reader's are followed by a query."""
        own = sorted((visit for visit in at_ends if not visit.reader), key=lambda visit: (visit.started_at, visit.id))
        if own and (own[0].started_at, own[-1].started_at) == span:
            return own[0], own[-1]
        first = self.where({"lead": lead, "reader": None}, sort=[("started_at", 1)], limit=1)
        last = self.where({"lead": lead, "reader": None}, sort=[("started_at", -1)], limit=1)
        return (first[0], last[0]) if first and last else None

    def latest(self, *, limit: int = 20) -> list[Visit]:
        """The workspace's visits, newest first."""
        return self.where({}, sort=[("started_at", -1)], limit=limit)

    def of_leads(self, *, cursor: str | None = None, limit: int = 50) -> Page[Visit]:
        """One page of the visits of known leads, newest first."""
        return page_of(self, _OF_LEADS, sort="started_at", descending=True, cursor=cursor, limit=limit)

    def outlines(self, since: datetime, *, limit: int) -> list[tuple[str | None, int]]:
        """The workspace's visits since that moment, newest first: the lead, or None, and the number of inquiries."""
        inquiry: Document = {"$and": [{"$eq": ["$$act.kind", "submit"]}, {"$in": [{"$ifNull": ["$$act.form_kind", ""]}, _INQUIRIES]}]}
        number = {"$size": {"$filter": {"input": {"$ifNull": ["$acts", []]}, "as": "act", "cond": inquiry}}}
        steps: list[Document] = [
            {"$match": {"ws": self.workspace, "started_at": {"$gte": since}}},
            {"$sort": {"started_at": -1}},
            {"$limit": limit},
            {"$project": {"_id": 0, "lead": 1, "inquiries": number}},
        ]
        return [(row.get("lead"), row["inquiries"]) for row in self.rows.aggregate(steps, batchSize=BATCH)]

    def around(self, ranges: dict[str, tuple[datetime, datetime]]) -> list[Visit]:
        """The visits of these visitors that are close to the given range, or may be once the dwell time of their last page is complete."""
        parts = [
            {"ws": self.workspace, "visitor": {"$in": visitors}, "started_at": {"$lte": end + GAP}, "ended_at": {"$gte": start - _REACH}}
            for (start, end), visitors in time_ranges.group_by_range(ranges).items()
        ]
        found = [from_document(row, Visit) for row in self.rows.find({"$or": parts}, batch_size=BATCH)] if parts else []
        return [v for v in found if v.started_at <= ranges[v.visitor][1] + GAP and v.ended_at >= ranges[v.visitor][0] - _REACH]

    def replace(self, old: Iterable[Visit], new: Iterable[Visit]) -> None:
        """Replaces the old visits by the new ones. Reports are told which leads and days lose a visit: before, as this process may be
        killed, and after, as they may read in between.
        """
        fresh = {visit.id: visit for visit in new}
        known = list(old)
        former = {visit.id for visit in known}
        lost = [visit for visit in known if visit.id not in fresh or fresh[visit.id].lead != visit.lead]
        self._stamp(lost)
        replace_or_insert(self.rows, [to_document(visit) for visit in fresh.values()], {key_of(self.workspace, visit) for visit in former})
        gone = [key_of(self.workspace, visit) for visit in former - fresh.keys()]
        if gone:
            self.rows.delete_many({"_id": {"$in": gone}})
        self._stamp(lost)

    def _stamp(self, visits: Iterable[Visit]) -> None:
        lost = list(visits)
        if lost:
            stamp_leads(self.rows, self.workspace, (visit.lead for visit in lost if visit.lead))
            stamp_days(self.rows.database, self.workspace, (visit.started_at for visit in lost if not visit.lead))
