"""The leads of companies: which there are, whose they are, and what the figures of a company need; part of the repository `Leads`."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.leads.company import CompanyMember
from tracker.domain.leads.lead import Lead
from tracker.rules.conditions.entries import text_entry
from tracker.rules.visibility import Owners
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH, aware
from tracker.store.leads.lead_field_records import LeadFieldRecords
from tracker.store.leads.lead_query import owned_by

_FIGURES = "company_figures"
_PATHS = ("company_id", "keys.archived", "owner", "stage", "value.currency", "value.amount", "derived.last_seen_at", "_id")


def company_indexes() -> Iterable[IndexModel]:
    """Of the leads of a company by score, of all that its figures need, and of the companies of an owner."""
    yield IndexModel([("ws", ASCENDING), ("company_id", ASCENDING), ("derived.score", DESCENDING)])
    yield IndexModel([(path, ASCENDING) for path in ("ws", *_PATHS)], name=_FIGURES)
    yield IndexModel([(path, ASCENDING) for path in ("ws", "owner", "keys.archived", "company_id")], name="company_owners")


class CompanyRecords(LeadFieldRecords):
    """What `Leads` does for companies."""

    def of_company(self, company_id: str, limit: int = 200, *, visible_to: Owners | None = None) -> list[Lead]:
        """The leads of the company, best score first."""
        query = {"company_id": company_id, "keys.archived": False, **owned_by(visible_to)}
        return self.where(query, sort=[("derived.score", DESCENDING)], limit=limit)

    def owners_by_company(self, companies: Iterable[str]) -> dict[str, set[str | None]]:
        """For each of these companies the owners of its leads; empty for a company without leads."""
        found: dict[str, set[str | None]] = {company: set() for company in companies}
        match = {"ws": self.workspace, "company_id": {"$in": list(found)}}
        group = {"_id": {"company": "$company_id", "owner": "$owner"}}
        for row in self.rows.aggregate([{"$match": match}, {"$group": group}]) if found else ():
            found[row["_id"]["company"]].add(row["_id"].get("owner"))
        return found

    def members_of(self, companies: Iterable[str], *, visible_to: Owners | None = None) -> list[CompanyMember]:
        """What the figures of these companies need of their leads, read from an index alone; without archived leads."""
        wanted = list(companies)
        query = {"ws": self.workspace, "company_id": {"$in": wanted}, "keys.archived": False, **owned_by(visible_to)}
        if not wanted:
            return []
        fields = {path: True for path in _PATHS if path != "keys.archived"}
        return [_member(row) for row in self.rows.find(query, fields, hint=_FIGURES, batch_size=BATCH)]

    def companies_of(self, owners: Owners) -> list[str]:
        """The ids of the companies where these owners have leads; without archived leads."""
        query = {"ws": self.workspace, "keys.archived": False, **owned_by(owners)}
        rows = self.rows.aggregate([{"$match": query}, {"$group": {"_id": "$company_id"}}], hint="company_owners")
        return sorted(row["_id"] for row in rows if row["_id"])

    def referred_by(self, key: str) -> list[Lead]:
        """The leads that this referrer (`Referrer.key`) referred, archived ones too."""
        return self.where({"keys.values": text_entry("referred_by", key)})

    def ids_of_company(self, company: str) -> list[str]:
        """The ids of all leads of the company, archived ones too."""
        return [row["_id"].partition(":")[2] for row in self.rows.find({"ws": self.workspace, "company_id": company}, {"_id": 1})]

    def leave_company(self, company: str, at: datetime) -> list[str]:
        """Takes all leads out of the company, whose name they keep as text; returns their ids."""
        query = {"ws": self.workspace, "company_id": company}
        found = self.ids_of_company(company)
        self.rows.update_many(query, {"$set": {"company_id": None, "updated_at": at}, "$inc": {"version": 1}})
        return found


def _member(row: Document) -> CompanyMember:
    value, seen = row.get("value") or {}, (row.get("derived") or {}).get("last_seen_at")
    return CompanyMember(
        lead=row["_id"].partition(":")[2],
        company=row["company_id"],
        owner=row.get("owner"),
        stage=row.get("stage") or "",
        currency=value.get("currency"),
        amount=value.get("amount") or 0,
        last_seen_at=aware(seen) if seen else None,
    )
