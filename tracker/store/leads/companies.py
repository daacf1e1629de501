"""The companies of one workspace; a name is unique in it, compared without case."""

from collections.abc import Collection
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import new_id
from tracker.domain.leads.company import Company
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Records, key_of, to_document
from tracker.store.core.search_text import normalized, search_patterns, search_terms
from tracker.store.core.stamps import STAMP_INDEX
from tracker.store.merged_ids import hidden_in

SORTS = {"name": "keys.name", "created": "_id"}
"""The sort orders of a list of companies; ids sort by creation."""


class Companies(Records[Company]):
    """Called by actions."""

    collection = "companies"
    is_stamped = True
    indexes = (
        STAMP_INDEX,
        IndexModel([("ws", ASCENDING), ("keys.name", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("keys.name", ASCENDING)], unique=True, name="one_of_each_name"),
        IndexModel([("ws", ASCENDING), ("keys.words", ASCENDING)]),
    )
    kind = Company

    def document_of(self, record: Company) -> Document:
        """With the normalized name and its search terms."""
        return to_document(record) | {"keys": _keys(record.name, record.domain)}

    def change(self, record: str, *, version: int | None = None, **values: object) -> Company:
        """As in Records; updates the normalized copies too."""
        if "name" in values or "domain" in values:
            now = self.get(record)
            name, domain = values.get("name", now.name), values.get("domain", now.domain)
            values["keys"] = _keys(str(name), str(domain) if domain else None)
        return super().change(record, version=version, **values)

    def by_name(self, name: str) -> Company | None:
        """The company of that name, compared without case."""
        return next(iter(self.where({"keys.name": normalized(name)}, limit=1)), None)

    def named(self, name: str, now: datetime) -> Company:
        """The company of that name; created if there is none."""
        found = self.by_name(name)
        if found:
            return found
        try:
            return self.add(Company(id=new_id(), workspace=self.workspace, name=name.strip(), created_at=now))
        except Conflict:
            again = self.by_name(name)
            if again is None:
                raise
            return again

    def remove_unused(self, companies: Collection[str], since: datetime) -> None:
        """Deletes those of the companies that were created since that moment, never changed, and have no lead."""
        if not companies:
            return
        query = {"ws": {"$in": [self.workspace, hidden_in(self.workspace)]}, "company_id": {"$in": sorted(companies)}}
        used = set(self.rows.database["leads"].distinct("company_id", query))
        keys = [key_of(self.workspace, company) for company in sorted(companies) if company not in used]
        self.rows.delete_many({"_id": {"$in": keys}, "ws": self.workspace, "version": 0, "created_at": {"$gte": since}})

    def page(
        self,
        search: str = "",
        *,
        sort: str = "name",
        only: Collection[str] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Company]:
        """Companies by `name`, or by when they were `created`; a minus in front turns the order round. `only`: those of these ids."""
        path = SORTS.get(sort.removeprefix("-"))
        if path is None:
            raise Invalid("sort", f"sort by one of {', '.join(SORTS)}, with a minus in front to turn it round")
        clauses: list[Document] = [{"keys.words": {"$regex": pattern}} for pattern in search_patterns(search)]
        if only is not None:
            clauses.append({"_id": {"$in": [key_of(self.workspace, company) for company in only]}})
        query: Document = {"$and": clauses} if clauses else {}
        return page_of(self, query, sort=path, descending=sort.startswith("-"), cursor=cursor, limit=limit)


def _keys(name: str, domain: str | None) -> Document:
    return {"name": normalized(name), "words": search_terms(name, domain)}
