"""One transfer. Every step may be repeated: documents are replaced by `_id`, and each change writes the document as it is now.

The target remembers how far it is, so that a transfer that was killed goes on.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import WriteConcern
from pymongo.database import Database
from pymongo.errors import OperationFailure, WriteConcernError
from pymongo.read_concern import ReadConcern

from tracker.base.errors import LeadlightError
from tracker.store.transfer.documents import AT_ONCE, RAW, Id, differing, id_of, now_in, parts, write

STATE = "transfer"
"""The collection of the target that holds the progress."""
_WAIT_MS = 200
_TOKEN_LOST = {280, 286}
_MOST_SUSPECTS = 10_000
_MAJORITY_MS = 15_000
_KEPT_HOURS = 48.0
_CLOSE_SECONDS = 1.0
_ROUNDS = 30
_CERTAIN = ReadConcern("majority")
_CHANGES = {"insert", "update", "replace", "delete"}

Say = Callable[[str], None]


class Transfer:
    """One transfer between two databases."""

    def __init__(self, source: Database[Any], target: Database[Any]) -> None:
        self.source, self.target = source, target
        self._state = target[STATE]
        self._stream: Any = None
        self._suspects: set[tuple[str, Id]] | None = None
        """What may differ since the comparison of everything, which found the rest equal; None before it."""

    def begin(self) -> bool:
        """Begins, or goes on with, the transfer; returns whether it goes on.

        Raises LeadlightError if the target has other data, or if the majority of its members does not confirm writes.
        """
        origin = self._origin()
        found = self._state.find_one({"_id": "state"})
        if found is None and (names := self._names(self.target)):
            raise LeadlightError(f"the new database is not empty: it has {', '.join(sorted(names)[:3])}")
        if found is not None and found["origin"] != origin:
            raise LeadlightError("the new database holds a transfer from another MongoDB; drop it first")
        self._prove_majority()
        if found is None:
            self._state.insert_one({"_id": "state", "origin": origin, "token": self._now(), "done": {}})
        return found is not None

    def keep_changes(self) -> None:
        """Lets the source keep its changes for two days, until it is started again, however many there are."""
        self.source.client.admin.command({"replSetResizeOplog": 1, "minRetentionHours": _KEPT_HOURS})

    def copy(self, say: Say) -> int:
        """Copies every document that was not copied yet; returns the number."""
        count = 0
        for name in self._names(self.source):
            done = (self._state.find_one({"_id": f"copied {name}"}) or {}).get("key")
            if done == "all":
                continue
            for rows in parts(self.source, name, None if done is None else done["last"]):
                write(self.source, self.target, name, {id_of(row["_id"]): row for row in rows})
                count += len(rows)
                self._state.replace_one({"_id": f"copied {name}"}, {"key": {"last": rows[-1]["_id"]}}, upsert=True)
            self._state.replace_one({"_id": f"copied {name}"}, {"key": "all"}, upsert=True)
            say(f"copied {name}")
        return count

    def keep_up(self) -> None:
        """Follows the changes until a second is enough for what is left; under heavy load, for a while only."""
        for _ in range(_ROUNDS):
            began = time.monotonic()
            self.catch_up(None)
            if time.monotonic() - began < _CLOSE_SECONDS:
                return

    def catch_up(self, seconds: float | None) -> int:
        """Applies everything that was written before this call, and perhaps more; returns the number of changes.

        Raises LeadlightError if that takes longer, or if the changes are no longer known.
        """
        until = time.monotonic() + (seconds or float("inf"))
        end, count = self._now()["_data"], 0
        # A note goes past `end`, so that listening gets there although nothing else happens. The fence lets it through.
        self.source.client.admin.command("appendOplogNote", 1, data={"leadlight": "transfer"})
        while self._position() < end:
            if time.monotonic() > until:
                raise LeadlightError("the new database does not keep up with the changes")
            count += self._follow(end)
        return count

    def compare(self) -> int:
        """Compares every document byte by byte, while changes go on; returns how many differ at this moment, for `differences`."""
        self._suspects = set()
        for name in self._names(self.source):
            found = differing(parts(self.source, name, None), parts(self.target, name, None))
            self._suspects |= {(name, key) for key in found}
            if len(self._suspects) > _MOST_SUSPECTS:
                raise LeadlightError(f"more than {_MOST_SUSPECTS:,} documents differ; drop the new database and begin again")
        return len(self._suspects)

    def differences(self) -> list[str]:
        """What differs while nothing is written: numbers of each collection, and what differed or changed since `compare`."""
        found = [name for name in self._names(self.source) if not self._is_same_number(name)]
        by_name: dict[str, list[Id]] = {}
        for name, key in self._suspects or ():
            by_name.setdefault(name, []).append(key)
        for name, keys in by_name.items():
            for some in (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE)):
                mine, theirs = (now_in(database, name, some) for database in (self.source, self.target))
                unlike = [key for key in some if _raw(mine[key]) != _raw(theirs[key])]
                found += [f"{name} {bson.decode(key)['_id']!r}" for key in unlike]
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

    def _now(self) -> Any:
        """A token after everything that has been written. Tokens are in the order of time."""
        with self.source.with_options(read_concern=_CERTAIN).watch(max_await_time_ms=1) as stream:
            stream.try_next()
            return stream.resume_token

    def _position(self) -> str:
        return str(self._opened().resume_token["_data"])

    def _follow(self, end: str) -> int:
        changes: list[Any] = []
        try:
            stream = self._opened()
            while len(changes) < AT_ONCE and (change := stream.try_next()) is not None:
                changes.append(change)
                if change["_id"]["_data"] >= end:
                    break
            token = dict(stream.resume_token)
        except OperationFailure as error:
            if error.code in _TOKEN_LOST:
                raise LeadlightError("the changes since the copy are no longer known; drop the new database and begin again") from error
            raise
        if changes:
            self._apply(changes)
        self._state.update_one({"_id": "state"}, {"$set": {"token": token}})
        return len(changes)

    def _apply(self, changes: Iterable[Any]) -> None:
        """Only the last change of a document counts. One without content is gone by now."""
        latest: dict[str, dict[Id, RawBSONDocument | None]] = {}
        for change in changes:
            kind = change["operationType"]
            if kind in {"drop", "rename", "dropDatabase", "invalidate"}:
                raise LeadlightError("a collection was dropped meanwhile; drop the new database and begin again")
            if kind in _CHANGES:
                key = id_of(change["documentKey"]["_id"])
                latest.setdefault(change["ns"]["coll"], {})[key] = None if kind == "delete" else change.get("fullDocument")
        for name, rows in latest.items():
            write(self.source, self.target, name, rows)
            if self._suspects is not None:
                self._suspects |= {(name, key) for key in rows}

    def _is_same_number(self, name: str) -> bool:
        """The kept numbers are at hand, and may be wrong after a crash; then they are counted."""
        mine, theirs = self.source[name], self.target[name]
        if mine.estimated_document_count() == theirs.estimated_document_count():
            return True
        return mine.count_documents({}, hint="_id_") == theirs.count_documents({}, hint="_id_")

    def _origin(self) -> str:
        row = self.source.client["local"]["system.replset"].find_one({}, {"settings.replicaSetId": 1}) or {}
        return f"{row.get('settings', {}).get('replicaSetId', '')} {self.source.name}"

    def _opened(self) -> Any:
        if self._stream is None:
            token = (self._state.find_one({"_id": "state"}) or {})["token"]
            raw = self.source.with_options(codec_options=RAW, read_concern=_CERTAIN)
            try:
                self._stream = raw.watch(full_document="updateLookup", resume_after=token, max_await_time_ms=_WAIT_MS)
            except OperationFailure as error:
                if error.code in _TOKEN_LOST:
                    raise LeadlightError("the changes since the copy are no longer known; drop the new database and begin again") from error
                raise
        return self._stream

    def _prove_majority(self) -> None:
        certain = self._state.with_options(write_concern=WriteConcern("majority", wtimeout=_MAJORITY_MS))
        try:
            certain.replace_one({"_id": "proof"}, {}, upsert=True)
        except WriteConcernError as error:
            raise LeadlightError(f"the majority of the new database's members does not confirm writes ({error.code})") from error

    def _names(self, database: Database[Any]) -> list[str]:
        return sorted(name for name in database.list_collection_names() if not name.startswith("system.") and name != STATE)


def _raw(row: RawBSONDocument | None) -> bytes | None:
    return None if row is None else bytes(row.raw)
