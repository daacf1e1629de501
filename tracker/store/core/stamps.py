"""Stamps: each write of a stamped collection notes the server's time in the documents, so that what changed is found by an index.

A follower asks for what was stamped since a little before the last stamp it saw: stamps are given before they become visible, and may
become visible in another order.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bson.timestamp import Timestamp
from pymongo import ASCENDING, IndexModel, InsertOne, ReplaceOne, UpdateMany, UpdateOne
from pymongo.collection import Collection
from pymongo.results import BulkWriteResult, InsertManyResult, InsertOneResult, UpdateResult

from tracker.store.core.client import Document
from tracker.store.merged_ids import hidden_in

STAMP = "stamp"
NO_STAMP = Timestamp(0, 0)
"""In a new document: the server puts its time in its place."""
STAMP_INDEX = IndexModel([("ws", ASCENDING), (STAMP, ASCENDING)], partialFilterExpression={STAMP: {"$exists": True}}, name="stamps")
_NOW: Mapping[str, Any] = {STAMP: {"$type": "timestamp"}}
_LATE_SECONDS = 5
"""How long after it was given a stamp may become visible."""


class StampedRows:
    """A collection that stamps all that is inserted, replaced or updated; everything else is the driver's.

    An update must be a document: a pipeline cannot ask for the server's time.
    """

    def __init__(self, rows: Collection[Document]) -> None:
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)

    def insert_one(self, document: Document, **options: Any) -> InsertOneResult:
        """As of the driver, stamped."""
        return self._rows.insert_one({**document, STAMP: NO_STAMP}, **options)

    def insert_many(self, documents: Iterable[Document], **options: Any) -> InsertManyResult:
        """As of the driver, stamped."""
        return self._rows.insert_many([{**document, STAMP: NO_STAMP} for document in documents], **options)

    def replace_one(self, query: Document, document: Document, **options: Any) -> UpdateResult:
        """As of the driver, stamped."""
        return self._rows.replace_one(query, {**document, STAMP: NO_STAMP}, **options)

    def update_one(self, query: Document, update: Document, **options: Any) -> UpdateResult:
        """As of the driver, stamped."""
        return self._rows.update_one(query, stamped(update), **options)

    def update_many(self, query: Document, update: Document, **options: Any) -> UpdateResult:
        """As of the driver, stamped."""
        return self._rows.update_many(query, stamped(update), **options)

    def find_one_and_update(self, query: Document, update: Document, **options: Any) -> Document | None:
        """As of the driver, stamped."""
        return self._rows.find_one_and_update(query, stamped(update), **options)

    def bulk_write(self, requests: Sequence[Any], **options: Any) -> BulkWriteResult:
        """As of the driver, stamped; the requests are changed for it."""
        for request in requests:
            if isinstance(request, UpdateOne | UpdateMany):
                request._doc = stamped(request._doc)  # noqa: SLF001 - the driver offers no way to read a request
            elif isinstance(request, InsertOne | ReplaceOne):
                request._doc = {**request._doc, STAMP: NO_STAMP}  # noqa: SLF001 - as above
        return self._rows.bulk_write(requests, **options)


def stamped(update: Any) -> Document:
    """The update with a stamp. Raises TypeError for a pipeline."""
    if not isinstance(update, Mapping):
        raise TypeError("an update of a stamped collection must be a document")
    return {**update, "$currentDate": {**update.get("$currentDate", {}), **_NOW}}


def since(workspace: str, stamp: Timestamp, field: str = STAMP) -> Document:
    """Matches what a follower that saw this stamp last may not have seen."""
    return {"ws": workspace, field: {"$gte": a_little_before(stamp)}}


def a_little_before(stamp: Timestamp) -> Timestamp:
    """From where a follower that saw this stamp last looks again."""
    return Timestamp(max(stamp.time - _LATE_SECONDS, 0), 0)


def stamp_leads(rows: Collection[Document], workspace: str, leads: Iterable[str]) -> None:
    """Stamps leads of which a record was deleted: what is gone has no stamp. `rows`: any collection of the database."""
    keys = [f"{workspace}:{lead}" for lead in set(leads)]
    if keys:
        rows.database["leads"].update_many(
            {"_id": {"$in": keys}, "ws": {"$in": [workspace, hidden_in(workspace)]}}, {"$currentDate": dict(_NOW)}
        )
