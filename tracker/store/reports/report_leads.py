"""The leads of one workspace as reports read them. Called by actions.reports."""

from collections.abc import Iterator
from datetime import datetime

from pymongo.database import Database

from tracker.rules.reports.facts import ReportLead
from tracker.rules.visibility import Owners
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH
from tracker.store.core.repository import ids_of
from tracker.store.leads.lead_query import owned_by

_FIELDS = ("created_at", "stage", "owner", "source", "company_id", "country", "tags", "value", "archived_at", "fields")
_INDUSTRY = "industry"


class ReportLeads:
    """Reads the leads of a workspace with few of their fields: whole ones would take several times as long."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._database, self._workspace = database, workspace

    def each(self, *, visible_to: Owners | None = None) -> Iterator[ReportLead]:
        """Every lead of these owners (None: of all), archived or not, without moves and sales."""
        companies = self._companies()
        query = {**ids_of(self._workspace), **owned_by(visible_to)}
        fields = {"derived.score": 1, "derived.scored_at": 1, **dict.fromkeys(_FIELDS, 1)}
        for row in self._database.leads.find(query, fields, batch_size=BATCH):
            yield _lead(row, companies.get(row.get("company_id") or "", ("", "")))

    def _companies(self) -> dict[str, tuple[str, str]]:
        """Country and industry of companies, by id."""
        rows = self._database.companies.find(ids_of(self._workspace), {"location": 1, "industry": 1}, batch_size=BATCH)
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
        tags=tuple(row.get("tags") or ()),
        score=derived.get("score") if derived.get("scored_at") else None,
        value=(value["amount"], value["currency"]) if value else None,
        archived_at=row.get("archived_at"),
    )
