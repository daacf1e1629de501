"""Documents of both sides of a transfer: read raw, written raw, and compared byte by byte."""

from collections.abc import Iterable, Iterator
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, ReplaceOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from tracker.base.errors import LeadlightError
from tracker.store.core.shard_keys import workspace_field

RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
AT_ONCE = 1000
_DUPLICATE = 11000
_MOST_ROUNDS = 20
_MOST_HOLDERS = 100

Id = bytes
"""`{_id: …}` as BSON: unlike the value, it can be hashed, whatever its type, and 1 is not 1.0."""


def id_of(value: Any) -> Id:
    """The id of a document by the value of its `_id`."""
    return bson.encode({"_id": value})


def parts(database: Database[Any], name: str, last: Any) -> Iterator[list[RawBSONDocument]]:
    """The documents of a collection in the order of `_id`, from `last` on."""
    rows = database.get_collection(name, codec_options=RAW).find({}, batch_size=AT_ONCE).sort("_id", 1).hint([("_id", 1)])
    if last is not None:
        rows = rows.min([("_id", last)])
    part: list[RawBSONDocument] = []
    for row in rows:
        part.append(row)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def replacement(name: str, row: RawBSONDocument) -> ReplaceOne[Any]:
    """Writes the document, and names its shard where the collection is sharded by workspace."""
    field = workspace_field(name)
    return ReplaceOne({"_id": row["_id"], **({field: row[field]} if field and field in row else {})}, row, upsert=True)


def now_in(database: Database[Any], name: str, ids: Iterable[Id]) -> dict[Id, RawBSONDocument | None]:
    """The documents as they are now; None for one that is not there."""
    found: dict[Id, RawBSONDocument | None] = dict.fromkeys(ids)
    values = [bson.decode(each, RAW)["_id"] for each in found]
    for row in database.get_collection(name, codec_options=RAW).find({"_id": {"$in": values}}):
        if (key := id_of(row["_id"])) in found:
            found[key] = row
    return found


def write(source: Database[Any], target: Database[Any], name: str, rows: dict[Id, RawBSONDocument | None]) -> None:
    """Writes documents into the target, None as a deletion.

    A document may be newer than the others of the target, and hold a unique value that another gave up in a change that is yet to come.
    Raises LeadlightError if that cannot be resolved, PyMongoError.
    """
    for _ in range(_MOST_ROUNDS):
        gone = [key for key, row in rows.items() if row is None]
        there = [key for key, row in rows.items() if row is not None]
        deletions = [DeleteOne({"_id": bson.decode(key, RAW)["_id"]}) for key in gone]
        try:
            target[name].bulk_write([*deletions, *(replacement(name, row) for row in rows.values() if row is not None)], ordered=False)
        except BulkWriteError as error:
            rows = _disentangled(source, target, name, [*gone, *there], error)
        else:
            return
    raise LeadlightError(f"two documents of {name} hold the same unique value; drop the new database and begin again")


def _disentangled(
    source: Database[Any], target: Database[Any], name: str, order: list[Id], error: BulkWriteError
) -> dict[Id, RawBSONDocument | None]:
    """What is to be written instead: the refused documents as they are by now, and those of the target that hold their values."""
    problems = error.details.get("writeErrors", [])
    if not problems or any(problem["code"] != _DUPLICATE for problem in problems):
        raise error
    found = now_in(source, name, [order[problem["index"]] for problem in problems])
    for problem in problems:
        holders = list(target.get_collection(name, codec_options=RAW).find(problem["keyValue"], limit=_MOST_HOLDERS))
        for key, row in now_in(source, name, [id_of(holder["_id"]) for holder in holders]).items():
            held = next(holder for holder in holders if id_of(holder["_id"]) == key)
            if row is None or bytes(row.raw) != bytes(held.raw):  # else the refused document was out of date
                target[name].delete_one({"_id": held["_id"]})
                found[key] = row
    return found


def differing(mine: Iterator[list[RawBSONDocument]], theirs: Iterator[list[RawBSONDocument]]) -> Iterator[Id]:
    """The ids of documents that only one side has, or that differ. Both sides are in the same order."""
    ours: dict[Id, bytes] = {}
    others: dict[Id, bytes] = {}
    left, right = _each(mine), _each(theirs)
    while True:
        pair = next(left, None), next(right, None)
        if pair == (None, None):
            break
        for row, seen, other in ((pair[0], ours, others), (pair[1], others, ours)):
            if row is None:
                continue
            key = id_of(row["_id"])
            if other.get(key) == bytes(row.raw):
                del other[key]
            else:
                seen[key] = bytes(row.raw)
    yield from ours.keys() | others.keys()


def _each(found: Iterator[list[RawBSONDocument]]) -> Iterator[RawBSONDocument]:
    for part in found:
        yield from part
