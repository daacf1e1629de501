"""Transfer of the whole database to another MongoDB while it is in use: copy, follow the changes, compare. Used by `leadlight move`.

Every step may be repeated: documents are replaced by `_id`, and each change writes the document as it is now. The target remembers how
far it is, so that a transfer that was killed goes on.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, ReplaceOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from tracker.base.errors import LeadlightError
from tracker.base.ids import new_id
from tracker.store.core.shard_keys import workspace_field

STATE = "transfer"
"""The collection of the target that holds the progress."""
_AT_ONCE = 1000
_WAIT_MS = 200
_TOKEN_LOST = 286
_MARKS = "meta"
_MOST_SUSPECTS = 10_000
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_CERTAIN = ReadConcern("majority")
_CHANGES = {"insert", "update", "replace", "delete"}

Key = tuple[str, Any]
"""Collection and `_id`."""
Say = Callable[[str], None]


class Transfer:
    """One transfer between two databases."""

    def __init__(self, source: Database[Any], target: Database[Any]) -> None:
        self._source, self._target = source, target
        self._state = target[STATE]
        self._stream: Any = None
        self._suspects: set[Key] = set()

    def begin(self) -> bool:
        """Begins, or goes on with, the transfer; returns whether it goes on. Raises LeadlightError if the target has other data."""
        origin = self._origin()
        found = self._state.find_one({"_id": "state"})
        if found is None:
            if names := self._names(self._target):
                raise LeadlightError(f"the new database is not empty: it has {', '.join(sorted(names)[:3])}")
            with self._source.with_options(read_concern=_CERTAIN).watch() as stream:
                stream.try_next()
                token = stream.resume_token
            self._state.insert_one({"_id": "state", "origin": origin, "token": token, "done": {}})
            return False
        if found["origin"] != origin:
            raise LeadlightError("the new database holds a transfer from another MongoDB; drop it first")
        return True

    def copy(self, say: Say) -> int:
        """Copies every document that was not copied yet; returns the number."""
        count = 0
        for name in self._names(self._source):
            done = (self._state.find_one({"_id": f"copied {name}"}) or {}).get("key")
            if done == "all":
                continue
            for rows in self._parts(self._source, name, None if done is None else done["last"]):
                self._replace(name, rows)
                count += len(rows)
                self._state.replace_one({"_id": f"copied {name}"}, {"key": {"last": rows[-1]["_id"]}}, upsert=True)
            self._state.replace_one({"_id": f"copied {name}"}, {"key": "all"}, upsert=True)
            say(f"copied {name}")
        return count

    def follow(self) -> int:
        """Applies the changes that have happened; returns how many. Raises LeadlightError if they are no longer known."""
        changes: list[Any] = []
        try:
            stream = self._opened()
            while len(changes) < _AT_ONCE and (change := stream.try_next()) is not None:
                changes.append(change)
            token = stream.resume_token
        except OperationFailure as error:
            if error.code == _TOKEN_LOST:
                raise LeadlightError("the changes since the copy are no longer known; drop the new database and begin again") from error
            raise
        if changes:
            self._apply(changes)
            self._state.update_one({"_id": "state"}, {"$set": {"token": token}})
        return len(changes)

    def catch_up(self, seconds: float) -> None:
        """Applies everything that was written before this call. Raises LeadlightError if that takes longer."""
        mark, until = f"transfer {new_id()}", time.monotonic() + seconds
        self._source[_MARKS].insert_one({"_id": mark})
        while self._target[_MARKS].find_one({"_id": mark}) is None:
            if time.monotonic() > until:
                raise LeadlightError("the new database does not keep up with the changes")
            self.follow()
        for database in (self._source, self._target):
            database[_MARKS].delete_one({"_id": mark})

    def compare(self) -> int:
        """Compares every document byte by byte, while changes go on; returns how many differ at this moment, for `differences`."""
        self._suspects.clear()
        for name in self._names(self._source):
            theirs = _each(self._parts(self._target, name, None))
            mine = _each(self._parts(self._source, name, None))
            self._suspects |= {(name, key) for key in _differing(mine, theirs)}
            if len(self._suspects) > _MOST_SUSPECTS:
                raise LeadlightError(f"more than {_MOST_SUSPECTS:,} documents differ; drop the new database and begin again")
        return len(self._suspects)

    def differences(self) -> list[str]:
        """What differs while nothing is written: numbers and bytes of each collection, and documents that differed before."""
        self.follow()
        found = [name for name in self._names(self._source) if _sums(self._source[name]) != _sums(self._target[name])]
        for name, key in self._suspects:
            mine, theirs = (
                database.get_collection(name, codec_options=_RAW).find_one({"_id": key}) for database in (self._source, self._target)
            )
            if (mine and bytes(mine.raw)) != (theirs and bytes(theirs.raw)):
                found.append(f"{name} {key!r}")
        return found

    def finish(self) -> None:
        """Forgets the progress: the new database is complete."""
        self.close()
        self._state.drop()

    def close(self) -> None:
        """Stops listening."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _origin(self) -> str:
        row = self._source.client["local"]["system.replset"].find_one({}, {"settings.replicaSetId": 1}) or {}
        return f"{row.get('settings', {}).get('replicaSetId', '')} {self._source.name}"

    def _opened(self) -> Any:
        if self._stream is None:
            token = (self._state.find_one({"_id": "state"}) or {})["token"]
            raw = self._source.with_options(codec_options=_RAW, read_concern=_CERTAIN)
            self._stream = raw.watch(full_document="updateLookup", resume_after=token, max_await_time_ms=_WAIT_MS)
        return self._stream

    def _apply(self, changes: Iterable[Any]) -> None:
        writes: dict[str, list[ReplaceOne[Any] | DeleteOne]] = {}
        for change in changes:
            kind = change["operationType"]
            if kind not in _CHANGES:
                if kind in {"drop", "rename", "dropDatabase", "invalidate"}:
                    raise LeadlightError("a collection was dropped meanwhile; drop the new database and begin again")
                continue
            name, key = change["ns"]["coll"], change["documentKey"]["_id"]
            row = change.get("fullDocument")
            if kind == "delete":
                writes.setdefault(name, []).append(DeleteOne({"_id": key}))
            elif row is not None:  # else it is gone by now, and its deletion follows
                writes.setdefault(name, []).append(_replacement(name, row))
        for name, requests in writes.items():
            self._target[name].bulk_write(requests)

    def _replace(self, name: str, rows: Sequence[RawBSONDocument]) -> None:
        self._target[name].bulk_write([_replacement(name, row) for row in rows], ordered=False)

    def _parts(self, database: Database[Any], name: str, last: Any) -> Iterator[list[RawBSONDocument]]:
        """The documents in the order of `_id`, from `last` on."""
        rows = database.get_collection(name, codec_options=_RAW).find({}, batch_size=_AT_ONCE).sort("_id", 1).hint([("_id", 1)])
        if last is not None:
            rows = rows.min([("_id", last)])
        part: list[RawBSONDocument] = []
        for row in rows:
            part.append(row)
            if len(part) == _AT_ONCE:
                yield part
                part = []
        if part:
            yield part

    def _names(self, database: Database[Any]) -> list[str]:
        return sorted(name for name in database.list_collection_names() if not name.startswith("system.") and name != STATE)


def _replacement(name: str, row: RawBSONDocument) -> ReplaceOne[Any]:
    field = workspace_field(name)
    return ReplaceOne({"_id": row["_id"], **({field: row[field]} if field and field in row else {})}, row, upsert=True)


def _sums(rows: Collection[Any]) -> tuple[int, int]:
    """Number and bytes of the documents, without the marks."""
    group = {"_id": None, "count": {"$sum": 1}, "bytes": {"$sum": {"$bsonSize": "$$ROOT"}}}
    found = next(iter(rows.aggregate([{"$group": group}])), {"count": 0, "bytes": 0})
    return int(found["count"]), int(found["bytes"])


def _each(parts: Iterator[list[RawBSONDocument]]) -> Iterator[RawBSONDocument]:
    for part in parts:
        yield from part


def _differing(mine: Iterator[RawBSONDocument], theirs: Iterator[RawBSONDocument]) -> Iterator[Any]:
    """The ids of documents that only one side has, or that differ. Both sides are in the same order."""
    ours: dict[Any, bytes] = {}
    others: dict[Any, bytes] = {}
    for left, right in _zip_longest(mine, theirs):
        for row, seen, other in ((left, ours, others), (right, others, ours)):
            if row is None:
                continue
            key = row["_id"] if not isinstance(row["_id"], RawBSONDocument) else bytes(row["_id"].raw)
            if other.get(key) == bytes(row.raw):
                del other[key]
            else:
                seen[key] = bytes(row.raw)
    yield from ours.keys() | others.keys()


def _zip_longest(mine: Iterator[RawBSONDocument], theirs: Iterator[RawBSONDocument]) -> Iterator[tuple[Any, Any]]:
    while True:
        left, right = next(mine, None), next(theirs, None)
        if left is None and right is None:
            return
        yield left, right
