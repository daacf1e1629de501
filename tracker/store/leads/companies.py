"""The companies of one workspace; a name is unique in it, compared without case."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from tracker.base.errors import Conflict
from tracker.base.ids import new_id
from tracker.domain.leads.company import Company
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Document, Records, to_document
from tracker.store.core.search_text import folded, pieces, search_patterns

INDEXES = {
    "companies": [
        IndexModel([("ws", ASCENDING), ("keys.name", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("keys.name", ASCENDING)], unique=True, name="one_of_each_name"),
        IndexModel([("ws", ASCENDING), ("keys.words", ASCENDING)]),
    ]
}


class Companies(Records[Company]):
    """The companies of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["companies"], workspace, Company)

    def document_of(self, record: Company) -> Document:
        """With folded copies of the name."""
        return to_document(record) | {"keys": _keys(record.name, record.domain)}

    def change(self, record: str, *, version: int | None = None, **values: object) -> Company:
        """As in Records; keeps the folded copies true."""
        if "name" in values or "domain" in values:
            now = self.get(record)
            name, domain = values.get("name", now.name), values.get("domain", now.domain)
            values["keys"] = _keys(str(name), str(domain) if domain else None)
        return super().change(record, version=version, **values)

    def by_name(self, name: str) -> Company | None:
        """The company of that name, however it is capitalised."""
        return next(iter(self.where({"keys.name": folded(name)}, limit=1)), None)

    def named(self, name: str, now: datetime) -> Company:
        """The company of that name; made if there is none yet."""
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

    def page(self, search: str = "", *, cursor: str | None = None, limit: int = 50) -> Page[Company]:
        """Companies by name."""
        clauses: list[Document] = [{"keys.words": {"$regex": pattern}} for pattern in search_patterns(search)]
        return page_of(self, {"$and": clauses} if clauses else {}, sort="keys.name", cursor=cursor, limit=limit)


def _keys(name: str, domain: str | None) -> Document:
    return {"name": folded(name), "words": pieces(name, domain)}
