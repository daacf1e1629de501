"""The leads of one workspace as reports read them, with their moves, sales and inquiries. Called by actions.reports."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from tracker.domain.leads.inquiry import Inquiry
from tracker.domain.leads.visit_touch import VisitTouch
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.sale import Sale
from tracker.domain.privacy.remains import Remains
from tracker.rules.reports.activity_facts import is_day_name
from tracker.rules.reports.facts import ReportLead
from tracker.rules.reports.remains import lead_of
from tracker.rules.scoring.touch_lines import TouchFact, before_any, touches_in
from tracker.rules.visibility import Owners
from tracker.store.core.client import Document
from tracker.store.core.records import from_document, key_of
from tracker.store.core.repository import ids_of
from tracker.store.leads.lead_query import owned_by
from tracker.store.merged_ids import kept_leads, lead_ids
from tracker.store.reports.report_alerts import alert_outcomes
from tracker.store.reports.report_mails import mails_of_leads
from tracker.store.reports.report_visits import ReportVisits

_FIELDS = ("created_at", "stage", "owner", "source", "company_id", "country", "tags", "value", "archived_at", "fields", "merged_values")
_PROJECTION = {
    **dict.fromkeys(("derived.score", "derived.scored_at", "derived.first_touch", "derived.last_touch"), 1),
    **dict.fromkeys(_FIELDS, 1),
}
_INDUSTRY = "industry"
_AT_ONCE = 2_000


class ReportLeads:
    """Reads the leads of a workspace with few of their fields: whole ones would take several times as long."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._database, self._workspace = database, workspace
        self._visits = ReportVisits(database, workspace)

    def each(self, *, visible_to: Owners | None = None) -> Iterator[list[ReportLead]]:
        """Every lead of these owners (None: of all), archived and erased ones too, in parts by id; last the days of visits without lead."""
        query = owned_by(visible_to)
        for rows in ("leads", "report_remains"):
            after = f"{self._workspace}:"
            while part := self._part(rows, {"_id": {"$gt": after, "$lt": f"{self._workspace};"}, **query}):
                yield self._whole(part, rows)
                after = part[-1]["_id"]
        for day in self._visits.each_day():
            yield [day]

    def of(self, leads: Iterable[str]) -> Iterator[list[ReportLead]]:
        """Those of these leads that exist and are not merged, erased ones and days of visits too, in parts."""
        given = list(leads)
        if days := self._visits.days(lead for lead in given if is_day_name(lead)):
            yield days
        keys = [key_of(self._workspace, lead) for lead in given if not is_day_name(lead)]
        for start in range(0, len(keys), _AT_ONCE):
            for rows in ("leads", "report_remains"):
                part = self._part(rows, {"_id": {"$in": keys[start : start + _AT_ONCE]}})
                if part:
                    yield self._whole(part, rows)

    def existing(self, leads: Iterable[str]) -> set[str]:
        """Those of these leads that exist and are not merged, erased ones too."""
        given = list(leads)
        keys = [key_of(self._workspace, lead) for lead in given if not is_day_name(lead)]
        rows = (
            row
            for name in ("leads", "report_remains")
            for row in self._database[name].find({"_id": {"$in": keys}, "ws": self._workspace}, {"_id": 1})
        )
        days = {lead for lead in given if is_day_name(lead)}  # one without visits has a stamp of its own
        return {row["_id"].partition(":")[2] for row in rows} | days if keys else days

    def kept(self, leads: Iterable[str]) -> set[str]:
        """The leads that answer for these."""
        return set(kept_leads(self._database, self._workspace, leads).values())

    def of_companies(self, companies: Iterable[str]) -> set[str]:
        """The ids of the leads of these companies."""
        query = {"ws": self._workspace, "company_id": {"$in": list(companies)}}
        return {row["_id"].partition(":")[2] for row in self._database.leads.find(query, {"_id": 1})}

    def _part(self, rows: str, query: Document) -> list[Document]:
        fields = _PROJECTION if rows == "leads" else None
        here = {**query, "ws": self._workspace}  # a cluster asks the shards of this workspace only
        return list(self._database[rows].find(here, fields, sort=[("_id", 1)], limit=_AT_ONCE, batch_size=_AT_ONCE, hint=[("_id", 1)]))

    def _whole(self, part: list[Document], rows: str) -> list[ReportLead]:
        if rows != "leads":
            return [lead_of(from_document(row, Remains)) for row in part]
        companies = self._companies({row["company_id"] for row in part if row.get("company_id")})
        found = [_lead(row, companies.get(row.get("company_id") or "", ("", ""))) for row in part]
        ids = lead_ids(self._database, self._workspace, (lead.id for lead in found))
        moves, sales, inquiries = self._of("moves", ids, Move), self._of("sales", ids, Sale), self._of("inquiries", ids, Inquiry)
        alerts, (visits, sent) = alert_outcomes(self._database, self._workspace, ids), self._visits.of_leads(ids)
        mails = mails_of_leads(self._database, self._workspace, ids, sent)
        touches = self._touches(moves, ids)
        born = {lead["_id"].partition(":")[2]: _born_in(lead, moves) for lead in part if lead.get("merged_values")}
        return [
            replace(
                one,
                moves=moves[one.id],
                sales=sales[one.id],
                inquiries=inquiries[one.id],
                alerts=alerts.get(one.id, ()),
                visits=visits.get(one.id, ()),
                touches=touches.get(one.id, ()),
                mails=mails.get(one.id, ()),
                born_in=born.get(one.id),
            )
            for one in found
        ]

    def _of(self, collection: str, leads: Mapping[str, str], kind: type[Any]) -> dict[str, list[Any]]:
        """The records of these ids that count, in the order of ids, by the lead that each is of."""
        found: dict[str, list[Any]] = defaultdict(list)
        for row in self._database[collection].find({"ws": self._workspace, "lead": {"$in": list(leads)}}, batch_size=_AT_ONCE * 10):
            if not row.get("withdrawn") and row.get("void_amount") is None:
                found[leads[row["lead"]]].append(from_document(row, kind))
        for its in found.values():
            its.sort(key=lambda one: str(one.id))
        return found

    def _touches(self, moves: Mapping[str, list[Move]], ids: Mapping[str, str]) -> dict[str, list[TouchFact]]:
        """The touches before moves, by lead, as day facts have them: events of old days may be deleted."""
        moved = {lead: [move.at for move in its] for lead, its in moves.items() if its}
        found: dict[str, list[TouchFact]] = defaultdict(list)
        query = {"ws": self._workspace, "lead": {"$in": [lead for lead, its in ids.items() if its in moved]}}
        for row in self._database.facts.find(query, {"lead": 1, "touches": 1}, batch_size=_AT_ONCE * 10) if moved else ():
            found[ids[row["lead"]]] += touches_in(row.get("touches") or "")
        return {lead: before_any(its, moved[lead]) for lead, its in found.items()}

    def _companies(self, ids: set[str]) -> dict[str, tuple[str, str]]:
        """Country and industry of companies, by id."""
        query = {**ids_of(self._workspace), "_id": {"$in": [key_of(self._workspace, one) for one in ids]}}
        rows = self._database.companies.find(query, {"location": 1, "industry": 1}, batch_size=_AT_ONCE) if ids else ()
        return {row["_id"].partition(":")[2]: (row.get("location") or "", row.get("industry") or "") for row in rows}


def _lead(row: Document, company: tuple[str, str]) -> ReportLead:
    derived, value = row.get("derived") or {}, row.get("value")
    own = {one["k"]: one["v"] for one in row.get("fields") or ()}
    created: datetime = row["created_at"]
    return ReportLead(
        id=row["_id"].partition(":")[2],
        created_at=created,
        stage=row["stage"],
        owner=row.get("owner"),
        source=row.get("source") or None,
        company_id=row.get("company_id"),
        country=(row.get("country") or company[0]).strip() or None,
        industry=str(own.get(_INDUSTRY) or company[1]).strip() or None,
        first_touch=_touch(derived.get("first_touch")),
        last_touch=_touch(derived.get("last_touch")),
        tags=tuple(row.get("tags") or ()),
        score=derived.get("score") if derived.get("scored_at") else None,
        value=(value["amount"], value["currency"]) if value else None,
        archived_at=row.get("archived_at"),
    )


def _born_in(row: Document, moves: Mapping[str, Sequence[Move]]) -> str:
    """Of leads that were merged: the stage in which the earliest one was created; empty where nothing says so."""
    lead, merged = row["_id"].partition(":")[2], row["merged_values"]
    own = {"lead": lead, **{name: merged[0]["former"][name] for name in ("created_at", "stage")}}
    first = min([own, *({"lead": one["lead"], **one["values"]} for one in merged)], key=lambda one: one["created_at"])
    standing = sorted((move for move in moves[lead] if move.lead == first["lead"]), key=lambda move: (move.at, move.id))
    return (standing[0].before or "") if standing else str(first["stage"])


def _touch(stored: Document | None) -> str | None:
    """Where a visit came from, in words."""
    return msgspec.convert(stored, VisitTouch, builtin_types=(datetime,)).summary if stored else None
