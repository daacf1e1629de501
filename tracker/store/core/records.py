"""Records: how values become MongoDB documents and back, one workspace at a time. Dicts do not leave this package."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from pymongo import ReplaceOne, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from tracker.base.errors import Conflict, NotFound
from tracker.store.core.client import Document
from tracker.store.core.repository import WorkspaceRepository

BATCH = 2_000
"""Documents in the first response to a query: a second round trip costs more than they do."""


class Record(Protocol):
    """A value that is kept: it has an id and belongs to a workspace."""

    @property
    def id(self) -> str:
        """Its id, unique in the workspace."""
        ...

    @property
    def workspace(self) -> str:
        """The workspace it belongs to."""
        ...


T = TypeVar("T", bound=Record)
S = TypeVar("S")

_DUPLICATE = 11000


def to_document(record: Record) -> Document:
    """The document of a value: `_id` is workspace and id together, so that every unique key starts with the workspace."""
    document = plain(record)
    key = document.pop("id")
    document["ws"] = document.pop("workspace")
    return {"_id": key_of(document["ws"], key), **document}


def plain(value: object) -> Any:
    """A value as BSON-ready builtins; datetimes stay, dates become ISO text."""
    return msgspec.to_builtins(value, builtin_types=(datetime, bytes))


def from_document(document: Mapping[str, Any], kind: type[T]) -> T:
    """The value of a document."""
    fields = dict(document)
    fields["id"] = fields.pop("_id").partition(":")[2]
    fields["workspace"] = fields.pop("ws")
    return msgspec.convert(fields, kind, dec_hook=_decode, builtin_types=(datetime, bytes))


def read_plain(document: Mapping[str, Any], kind: type[S]) -> S:
    """The value of a document outside `Records`, whose `_id` is the id without a workspace."""
    fields = dict(document)
    fields["id"] = fields.pop("_id")
    return msgspec.convert(fields, kind, dec_hook=_decode, builtin_types=(datetime, bytes))


def to_plain_document(value: object) -> Document:
    """The document of a value outside `Records`, with its `id` as `_id`."""
    document: Document = plain(value)
    return {"_id": document.pop("id"), **document}


def _decode(kind: type, value: object) -> object:
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    raise NotImplementedError


def key_of(workspace: str, record: str) -> str:
    """The `_id` of a record."""
    return f"{workspace}:{record}"


def aware(moment: datetime) -> datetime:
    """The moment, which MongoDB stores in UTC, with its time zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def insert_once(rows: Collection[Document], documents: Sequence[Document]) -> list[Document]:
    """Inserts documents that do not exist yet; returns those that do. Much cheaper than an upsert of each."""
    if not documents:
        return []
    try:
        rows.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        return [documents[index] for index in duplicate_indexes(error)]
    return []


def duplicate_indexes(error: BulkWriteError) -> list[int]:
    """The positions of the documents that exist already.

    Raises the error if it has any other cause. A missing majority of members is one: the documents may be lost again.
    """
    details = error.details or {}
    problems = details.get("writeErrors", [])
    if details.get("writeConcernErrors") or any(problem["code"] != _DUPLICATE for problem in problems):
        raise error
    return [problem["index"] for problem in problems]


def replace_or_insert(rows: Collection[Document], documents: Iterable[Document], former: Container[str]) -> None:
    """Stores documents in place of those with the same `_id`; `former` holds the ids that are expected to exist.

    Other documents are inserted, which is several times cheaper than an upsert. Where one exists after all, it is replaced.
    """
    known: list[Document] = []
    fresh: list[Document] = []
    for document in documents:
        (known if document["_id"] in former else fresh).append(document)
    known += insert_once(rows, fresh)
    if known:
        rows.bulk_write([ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in known], ordered=False)


class Records(WorkspaceRepository, Generic[T]):
    """A collection of records: values with an id and a version, found and changed by id."""

    kind: type[T]
    """The type of the values."""

    def get(self, record: str) -> T:
        """The record. Raises NotFound, also for another workspace's."""
        found = self.find(record)
        if found is None:
            raise NotFound(f"no such {self.kind.__name__.lower()}")
        return found

    def find(self, record: str) -> T | None:
        """The record or nothing."""
        document = self.rows.find_one({"_id": key_of(self.workspace, record)})
        return self.value_of(document) if document else None

    def by_ids(self, records: Iterable[str]) -> dict[str, T]:
        """Those of the records that exist, by id, in one query."""
        keys = [key_of(self.workspace, record) for record in set(records)]
        if not keys:
            return {}
        return {found.id: found for found in self.where({"_id": {"$in": keys}})}

    def each(self) -> Iterator[T]:
        """Every record of this workspace, read in batches. For exports."""
        return (self.value_of(document) for document in self.rows.find(self.workspace_filter(self.workspace)).sort("_id", 1))

    def where(self, query: Document, *, sort: list[tuple[str, int]] | None = None, limit: int = 0) -> list[T]:
        """The records of this workspace that match. Called by repositories only."""
        cursor = self.rows.find({"ws": self.workspace, **query}, sort=sort, limit=limit, batch_size=0 if limit else BATCH)
        return [self.value_of(document) for document in cursor]

    def add(self, record: T) -> T:
        """Stores a new record. Raises Conflict where its id or a unique value is taken."""
        self._check_workspace(record)
        try:
            self.rows.insert_one(self.document_of(record))
        except DuplicateKeyError as error:
            raise Conflict(f"this {self.kind.__name__.lower()} exists already") from error
        return record

    def add_once(self, record: T) -> bool:
        """Stores a record whose id is derived from its content; false if it exists already."""
        self._check_workspace(record)
        try:
            self.rows.insert_one(self.document_of(record))
        except DuplicateKeyError:
            return False
        return True

    def add_many(self, records: Iterable[T]) -> None:
        """Stores new records in one write. Raises Conflict where one of them exists already; the others are stored."""
        documents = []
        for record in records:
            self._check_workspace(record)
            documents.append(self.document_of(record))
        try:
            if documents:
                self.rows.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            duplicate_indexes(error)
            raise Conflict(f"a {self.kind.__name__.lower()} exists already") from error

    def add_new(self, records: Sequence[T]) -> set[str]:
        """Stores new records in one write; returns the ids of those refused because a unique value is taken."""
        for record in records:
            self._check_workspace(record)
        if not records:
            return set()
        try:
            self.rows.insert_many([self.document_of(record) for record in records], ordered=False)
        except BulkWriteError as error:
            return {records[index].id for index in duplicate_indexes(error)}
        return set()

    def change(self, record: str, *, version: int | None = None, **values: object) -> T:
        """Sets fields, increments `version`, returns the new record.

        Raises NotFound; Conflict where `version` is given and the record has another.
        """
        query: Document = {"_id": key_of(self.workspace, record), "ws": self.workspace}  # `ws` may be the shard key, which must be given
        if version is not None:
            query["version"] = version or {"$in": [0, None]}  # earlier versions stored no version of tasks
        update = {"$set": {name: plain(value) for name, value in values.items()}, "$inc": {"version": 1}}
        try:
            document = self.rows.find_one_and_update(query, update, return_document=ReturnDocument.AFTER)
        except DuplicateKeyError as error:
            raise Conflict(f"another {self.kind.__name__.lower()} has that already") from error
        if document is None:
            self.get(record)
            raise Conflict("it was changed meanwhile; look again")
        return self.value_of(document)

    def document_of(self, record: T) -> Document:
        """The document of a record; repositories add normalized copies and sort keys here."""
        return to_document(record)

    def value_of(self, document: Document) -> T:
        """The record of a document; repositories decrypt secrets here."""
        return from_document(document, self.kind)

    def remove(self, record: str) -> bool:
        """Deletes the record; returns whether it existed."""
        return self.rows.delete_one({"_id": key_of(self.workspace, record)}).deleted_count == 1

    def count(self, query: Document | None = None, *, limit: int = 0, hint: str | None = None) -> int:
        """How many records of this workspace match; counting stops at `limit`, where one is given. `hint`: the index to read."""
        options: dict[str, Any] = {name: value for name, value in (("limit", limit), ("hint", hint)) if value}
        return self.rows.count_documents({"ws": self.workspace, **(query or {})}, **options)

    def _check_workspace(self, record: T) -> None:
        if record.workspace != self.workspace:
            raise ValueError("a record of another workspace")
