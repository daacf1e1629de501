"""Visits, visitors, dwell and claims: what browsers did, and whose they are."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from pymongo import IndexModel, UpdateOne
from pymongo.database import Database

from tracker.base.ids import id_of
from tracker.domain.activity.visit import GAP, LONGEST, Dwell, Visit
from tracker.domain.activity.visitor import Visitor
from tracker.rules.identity import Claim
from tracker.store.activity.event_codec import struct_of
from tracker.store.core import time_ranges
from tracker.store.core.records import BATCH, Records, from_document, insert_once, key_of, put, to_document

Document = dict[str, Any]

_REACH = GAP + LONGEST

INDEXES = {
    "visits": [
        IndexModel([("ws", 1), ("lead", 1), ("started_at", -1)], name="lead"),
        IndexModel([("ws", 1), ("visitor", 1), ("started_at", 1), ("ended_at", 1)], name="visitor"),
        IndexModel([("ws", 1), ("started_at", -1)], name="workspace"),
    ],
    "claims": [
        IndexModel([("ws", 1), ("visitor", 1)], name="visitor"),
        IndexModel([("ws", 1), ("click", 1)], name="click"),
    ],
    "dwell": [],
    "visitors": [],
}


class Visits(Records[Visit]):
    """The visits of one workspace: derived, replaced whenever their events change."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database.visits, workspace, Visit)

    def of_lead(self, lead: str, *, limit: int = 50, before: datetime | None = None) -> list[Visit]:
        """The lead's visits, newest first."""
        query: Document = {"lead": lead, **({"started_at": {"$lt": before}} if before else {})}
        return self.where(query, sort=[("started_at", -1)], limit=limit)

    def latest(self, *, limit: int = 20) -> list[Visit]:
        """The workspace's visits, newest first."""
        return self.where({}, sort=[("started_at", -1)], limit=limit)

    def around(self, ranges: dict[str, tuple[datetime, datetime]]) -> list[Visit]:
        """Visits of these visitors that come near their range, or may, since their last pages were read for longer than was counted."""
        parts = [
            {"ws": self.workspace, "visitor": {"$in": visitors}, "started_at": {"$lte": end + GAP}, "ended_at": {"$gte": start - _REACH}}
            for (start, end), visitors in time_ranges.rounded(ranges).items()
        ]
        found = [from_document(row, Visit) for row in self.rows.find({"$or": parts}, batch_size=BATCH)] if parts else []
        return [v for v in found if v.started_at <= ranges[v.visitor][1] + GAP and v.ended_at >= ranges[v.visitor][0] - _REACH]

    def replace(self, old: Iterable[Visit], new: Iterable[Visit]) -> None:
        """Puts the new visits in the place of the old ones."""
        fresh = {visit.id: visit for visit in new}
        former = {visit.id for visit in old}
        put(self.rows, [to_document(visit) for visit in fresh.values()], {key_of(self.workspace, visit) for visit in former})
        gone = [key_of(self.workspace, visit) for visit in former - fresh.keys()]
        if gone:
            self.rows.delete_many({"_id": {"$in": gone}})


class Visitors(Records[Visitor]):
    """The browsers of one workspace that are bound to a lead, or were."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database.visitors, workspace, Visitor)

    def save(self, visitors: Iterable[Visitor], former: Iterable[str] = ()) -> None:
        """Keeps these bindings in place of the former ones; `former` names visitors that are known to have any."""
        put(self.rows, [to_document(visitor) for visitor in visitors], {key_of(self.workspace, name) for name in former})


class Dwells:
    """How long and how far each page view was read: greatest values only."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._rows = database.dwell
        self.workspace = workspace

    def raise_to(self, dwells: Iterable[Dwell]) -> None:
        """Lifts the kept values to these where these are greater; harmless when repeated or out of order."""
        changes = []
        for dwell in dwells:
            greatest = {"active_ms": dwell.active_ms, "scroll": dwell.scroll, "last_at": dwell.last_at}
            owner = {"ws": self.workspace, "visitor": dwell.visitor, "page": dwell.page}
            changes.append(UpdateOne({"_id": self._key(dwell.visitor, dwell.page)}, {"$max": greatest, "$setOnInsert": owner}, upsert=True))
        if changes:
            self._rows.bulk_write(changes, ordered=False)

    def of(self, pages: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Dwell]:
        """The dwell of (visitor, page) pairs."""
        keys = [self._key(visitor, page) for visitor, page in set(pages)]
        if not keys:
            return {}
        found = (struct_of(Dwell, row) for row in self._rows.find({"_id": {"$in": keys}}, {"_id": 0, "ws": 0}))
        return {(dwell.visitor, dwell.page): dwell for dwell in found}

    def remove(self, pages: Iterable[tuple[str, str]]) -> None:
        """Forgets the dwell of (visitor, page) pairs; visits keep what they were filled with."""
        keys = [self._key(visitor, page) for visitor, page in set(pages)]
        if keys:
            self._rows.delete_many({"_id": {"$in": keys}})

    def fill(self, visits: Iterable[Visit]) -> list[Visit]:
        """The same visits with each page's dwell as it is known now."""
        visits = list(visits)
        known = self.of((visit.visitor, page.page) for visit in visits for page in visit.pages if page.page)
        return [_filled(visit, known) for visit in visits]

    def _key(self, visitor: str, page: str) -> str:
        return key_of(self.workspace, id_of(visitor, page))


def _filled(visit: Visit, known: dict[tuple[str, str], Dwell]) -> Visit:
    pages = []
    for page in visit.pages:
        dwell = known.get((visit.visitor, page.page or ""))
        if dwell:
            last = max(filter(None, (page.last_at, dwell.last_at)), default=None)
            page = msgspec.structs.replace(page, active_ms=dwell.active_ms, scroll=dwell.scroll, last_at=last)  # noqa: PLW2901
        pages.append(page)
    begun = [(page.page, page.at) for page in visit.pages] + [(act.page, act.at) for act in visit.acts]
    signs = [(dwell.last_at, at) for name, at in begun if (dwell := known.get((visit.visitor, name or "")))]
    ended = max([visit.ended_at, *(min(last, at + LONGEST) for last, at in signs if last)])
    return msgspec.structs.replace(visit, pages=tuple(pages), ended_at=ended)


class Claims:
    """Which browser presented which landing token: the evidence from which identity is derived."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._rows = database.claims
        self.workspace = workspace

    def add(self, claims: Iterable[Claim]) -> None:
        """Keeps claims, each once."""
        of_event = {claim.event: claim for claim in claims}
        documents = [
            {"_id": key_of(self.workspace, event), "ws": self.workspace, "visitor": claim.visitor, "click": claim.click, "at": claim.at}
            for event, claim in of_event.items()
        ]
        insert_once(self._rows, documents)

    def of_visitors(self, visitors: Iterable[str]) -> list[Claim]:
        """All claims that these visitors made."""
        return self._where({"visitor": {"$in": sorted(set(visitors))}})

    def on_clicks(self, clicks: Iterable[str]) -> list[Claim]:
        """All claims that anybody made on these clicks."""
        return self._where({"click": {"$in": sorted(set(clicks))}})

    def _where(self, query: Document) -> list[Claim]:
        rows = self._rows.find({"ws": self.workspace, **query}, batch_size=BATCH)
        return [Claim(event=r["_id"].partition(":")[2], visitor=r["visitor"], click=r["click"], at=r["at"]) for r in rows]
