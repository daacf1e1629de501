"""Stored visits as reports read them: those of leads, and those of browsers of no lead by UTC day. Called by store.reports.report_leads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from pymongo.database import Database

from tracker.rules.reports.activity_facts import VisitFact, day_name, day_span, never
from tracker.rules.reports.facts import ReportLead
from tracker.rules.sources.touches import source_of, touch_at
from tracker.store.core.client import Document
from tracker.store.core.records import aware

_FIELDS = {"lead": 1, "message": 1, "started_at": 1, "referrer": 1, "click": 1, "pages": {"$slice": 1}, "acts": {"$slice": 1}}
_AT_ONCE = 20_000
_LEAD, _VISITOR = "lead", "visitor"
"""The indexes of visits."""


class ReportVisits:
    """Reads the visits of a workspace with few of their fields."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._rows, self._workspace = database["visits"], workspace

    def of_leads(self, leads: Mapping[str, str]) -> tuple[dict[str, list[VisitFact]], dict[str, list[tuple[str, datetime]]]]:
        """By lead, oldest first; and of those that came from a message, the message and when they began. `leads`: all their ids, with the lead of each."""
        found: dict[str, list[VisitFact]] = defaultdict(list)
        sent: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        query = {"ws": self._workspace, "lead": {"$in": list(leads)}}
        for row in self._rows.find(query, _FIELDS, batch_size=_AT_ONCE, hint=_LEAD):
            found[leads[row["lead"]]].append(_fact(row))
            if row.get("message"):
                sent[leads[row["lead"]]].append((row["message"], aware(row["started_at"])))
        for its in found.values():
            its.sort(key=lambda visit: (visit.at, visit.id))
        for those in sent.values():
            those.sort(key=lambda one: one[1])
        return found, sent

    def of_visitors(self, visitors: list[str]) -> list[VisitFact]:
        """The visits without lead of these browsers."""
        query = {"ws": self._workspace, "visitor": {"$in": visitors}}
        return [_fact(row) for row in self._rows.find(query, _FIELDS, hint=_VISITOR) if not row.get("lead")] if visitors else []

    def days(self, names: Iterable[str]) -> list[ReportLead]:
        """Those of these UTC days that have a visit without lead, each in place of a lead."""
        found = []
        for name in names:
            start, end = day_span(name)
            query = {"ws": self._workspace, "started_at": {"$gte": start, "$lt": end}, "lead": None}
            rows = self._rows.find(query, _FIELDS, batch_size=_AT_ONCE, hint=_LEAD, sort=[("started_at", 1)])
            if visits := [_fact(row) for row in rows]:
                found.append(_day(name, visits))
        return found

    def each_day(self) -> Iterator[ReportLead]:
        """All such days, oldest first."""
        query = {"ws": self._workspace, "started_at": {"$gte": datetime(1970, 1, 1, tzinfo=UTC)}, "lead": None}
        name, visits = "", list[VisitFact]()
        for row in self._rows.find(query, _FIELDS, batch_size=_AT_ONCE, hint=_LEAD, sort=[("started_at", 1)]):
            one = _fact(row)
            if day_name(one.at) != name:
                if visits:
                    yield _day(name, visits)
                name, visits = day_name(one.at), []
            visits.append(one)
        if visits:
            yield _day(name, visits)


def _day(name: str, visits: list[VisitFact]) -> ReportLead:
    return ReportLead(id=name, created_at=never(), stage="", visits=sorted(visits, key=lambda visit: (visit.at, visit.id)), is_day=True)


def _fact(row: Document) -> VisitFact:
    at, lead = aware(row["started_at"]), row.get("lead")
    url = next((part["url"] for part in (*row.get("pages", ()), *row.get("acts", ())) if part.get("url")), "")
    touch = touch_at(at, url, row.get("referrer") or "", is_email=bool(row.get("click")))
    return VisitFact(id=row["_id"].partition(":")[2], at=at, origin=source_of(touch)[0], landing=touch.page or None, is_named=bool(lead))
