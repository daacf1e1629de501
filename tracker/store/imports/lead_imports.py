"""The imports of one workspace: jobs, the files that wait for them, and what their batches did."""

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bson import Binary
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from tracker.domain.leads.change import LeadChangeRow
from tracker.domain.leads.lead_import import AT_WORK, ImportBatch, LeadImport
from tracker.store.core.records import Records, from_document, key_of, plain, replace_or_insert, to_document
from tracker.store.core.repository import WorkspaceRepository

KEPT = timedelta(days=30)
"""How long batches are kept: an import can be undone, and its refused rows read."""
_PART = 4 * 2**20
_OF_PEOPLE = ("notes", "tasks", "moves", "sales", "messages", "shares")
"""Collections whose records show that a rep worked on a lead."""
_WITH_LEAD = ("consents", "moves", "tasks", "facts")
"""Collections with records that come with an imported lead."""


class LeadImports(Records[LeadImport]):
    """Called by actions.imports."""

    collection = "imports"
    indexes = (
        IndexModel([("ws", ASCENDING), ("state", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING), ("ws", ASCENDING)], name="due_of_all"),
        IndexModel([("ws", ASCENDING), ("headings", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("_id", DESCENDING)]),
    )
    kind = LeadImport

    def claim(self, now: datetime, until: datetime, only: str | None = None) -> LeadImport | None:
        """Takes an import that is due, the oldest first; another worker may take it at `until`. `only`: this one."""
        query = {"ws": self.workspace, "state": {"$in": list(AT_WORK)}, "due_at": {"$lte": now}}
        if only is not None:
            query["_id"] = key_of(self.workspace, only)
        row = self.rows.find_one_and_update(
            query, {"$set": {"due_at": until}}, sort=[("due_at", ASCENDING)], return_document=ReturnDocument.AFTER
        )
        return from_document(row, LeadImport) if row else None

    def renew(self, lead_import: str, until: datetime, part: int) -> None:
        """Extends the lease of an import at work, also of one that was cancelled meanwhile; keeps how many rows are written at once."""
        self.rows.update_one({"_id": key_of(self.workspace, lead_import), "ws": self.workspace}, {"$set": {"due_at": until, "part": part}})

    def is_due(self, now: datetime) -> bool:
        """Whether a worker has something to do."""
        query = {"ws": self.workspace, "state": {"$in": list(AT_WORK)}, "due_at": {"$lte": now}}
        return self.rows.find_one(query, {"_id": 1}) is not None

    def proceed(self, one: LeadImport, former: str, **values: object) -> LeadImport | None:
        """Saves progress; None if the import is in another state by now: it was cancelled."""
        row = self.rows.find_one_and_update(
            {"_id": key_of(self.workspace, one.id), "ws": self.workspace, "state": former},
            {"$set": {name: plain(value) for name, value in values.items()}, "$inc": {"version": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return from_document(row, LeadImport) if row else None

    def latest(self, limit: int = 20) -> list[LeadImport]:
        """Newest first."""
        return self.where({}, sort=[("_id", DESCENDING)], limit=limit)

    def with_headings(self, headings: str) -> LeadImport | None:
        """The last import of a file with this set of headings."""
        return next(iter(self.where({"headings": headings}, sort=[("_id", DESCENDING)], limit=1)), None)


class ImportFiles(WorkspaceRepository):
    """Files of imports that have not ended, in parts."""

    collection = "import_files"
    indexes = (IndexModel([("ws", ASCENDING), ("import", ASCENDING), ("number", ASCENDING)]),)

    def put(self, lead_import: str, data: bytes) -> None:
        """Stores a file."""
        parts = [data[start : start + _PART] for start in range(0, len(data), _PART)]
        self.rows.insert_many(
            {
                "_id": key_of(self.workspace, f"{lead_import}:{number}"),
                "ws": self.workspace,
                "import": lead_import,
                "number": number,
                "data": Binary(part),
            }
            for number, part in enumerate(parts)
        )

    def read(self, lead_import: str) -> bytes:
        """The file; empty if it was removed."""
        rows = self.rows.find({"ws": self.workspace, "import": lead_import}, sort=[("number", ASCENDING)])
        return b"".join(row["data"] for row in rows)

    def remove(self, lead_import: str) -> None:
        """Deletes the file."""
        self.rows.delete_many({"ws": self.workspace, "import": lead_import})


class ImportBatches(Records[ImportBatch]):
    """What batches of imports did."""

    collection = "import_batches"
    indexes = (
        IndexModel([("ws", ASCENDING), ("lead_import", ASCENDING), ("number", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("leads", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("has_persons", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=int(KEPT.total_seconds())),
    )
    kind = ImportBatch

    def put(self, batch: ImportBatch) -> None:
        """Stores the batch in place of what is stored of it."""
        document = to_document(batch)
        self.rows.replace_one({"_id": document["_id"]}, document, upsert=True)

    def record(self, batch: str, records: Mapping[str, Sequence[str]]) -> None:
        """Notes which history the batch is about to add."""
        self.rows.update_one({"_id": key_of(self.workspace, batch)}, {"$set": {"records": plain(records)}})

    def remove_records(self, records: Mapping[str, Sequence[str]]) -> None:
        """Deletes these notes, sales and inquiries, by collection."""
        for name, ids in records.items():
            self.rows.database[name].delete_many({"_id": {"$in": [key_of(self.workspace, one) for one in ids]}, "ws": self.workspace})

    def of_import(self, lead_import: str) -> Iterator[ImportBatch]:
        """In the order of the file, read in parts."""
        rows = self.rows.find({"ws": self.workspace, "lead_import": lead_import}, sort=[("number", ASCENDING)], batch_size=20)
        return (self.value_of(row) for row in rows)

    def worked_on(self, leads: Sequence[str], own: Container[str]) -> set[str]:
        """Those of the leads that have records of people besides those with `own` ids."""
        found: set[str] = set()
        for collection in _OF_PEOPLE if leads else ():
            rows = self.rows.database[collection].find({"ws": self.workspace, "lead": {"$in": list(leads)}}, {"lead": 1})
            found |= {row["lead"] for row in rows if row["_id"].partition(":")[2] not in own}
        return found

    def remove_leads(self, leads: Sequence[str]) -> set[str]:
        """Deletes those of the leads that are as they were imported, and what was imported with them; returns their ids."""
        database, keys = self.rows.database, [key_of(self.workspace, lead) for lead in leads]
        if not keys:
            return set()
        database["leads"].delete_many({"_id": {"$in": keys}, "ws": self.workspace, "version": 0, "derived.last_seen_at": None})
        left = {row["_id"].partition(":")[2] for row in database["leads"].find({"_id": {"$in": keys}, "ws": self.workspace}, {"_id": 1})}
        gone = [lead for lead in leads if lead not in left]
        for collection in _WITH_LEAD:
            database[collection].delete_many({"ws": self.workspace, "lead": {"$in": gone}})
        database["duplicate_pairs"].delete_many({"ws": self.workspace, "leads": {"$in": gone}})
        return set(gone)


class ImportChanges(Records[LeadChangeRow]):
    """What batches of imports filled in on known leads. The id is that of the batch and the lead together."""

    collection = "import_changes"
    indexes = (
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=int(KEPT.total_seconds())),
    )
    kind = LeadChangeRow

    def put_many(self, rows: Sequence[LeadChangeRow]) -> None:
        """Stores the rows in place of those of an interrupted run."""
        replace_or_insert(self.rows, [to_document(row) for row in rows], ())
