"""Dumps: every document of the database as of one moment, and back into an empty database. Used by actions.ops.backup."""

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient, ReplaceOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure

from tracker.base.errors import LeadlightError
from tracker.domain.privacy.erasure import Tombstone
from tracker.store.core.client import TIMEOUT_MS, Document
from tracker.store.core.records import aware, from_document
from tracker.store.privacy.tombstones import Tombstones
from tracker.store.privacy.withdrawn import Withdrawn
from tracker.store.store import REPOSITORIES

_EXCLUDED = {kind.collection for kind in REPOSITORIES if not kind.is_in_backup}
_TOO_OLD = (239, 246)
"""MongoDB's error codes: the snapshot is too old, or unavailable."""
_SNAPSHOT_SECONDS = 24 * 3600
_DEFAULT_SECONDS = 300
"""MongoDB's default, which applies where it was started without another value."""
_SNAPSHOT_NAME = "minSnapshotHistoryWindowInSeconds"
_AT_ONCE = 1000
_AT_ONCE_BYTES = 8 << 20

Raw = CodecOptions(document_class=RawBSONDocument)


class SnapshotLost(LeadlightError):
    """MongoDB has discarded the moment that the dump began with."""


@contextlib.contextmanager
def opened(url: str) -> Iterator[Database[Any]]:
    """The database without a time limit on calls, since the duration of a dump depends on the amount of data."""
    with MongoClient[Any](url, serverSelectionTimeoutMS=TIMEOUT_MS, connectTimeoutMS=TIMEOUT_MS, w="majority") as client:
        yield client.get_default_database("leadlight")


def read_all(database: Database[Any]) -> Generator[tuple[str, Iterator[bytes]], None, None]:
    """Each collection's name and its documents as BSON, all as of one moment. Collections that no repository owns are included.

    Close the generator when you stop before its end. Raises PyMongoError; SnapshotLost if it took too long.
    """
    names = sorted(set(_names(database)) - _EXCLUDED)
    with _long_snapshots(database), database.client.start_session(snapshot=True) as session:
        for name in names:
            yield name, _documents(database.get_collection(name, codec_options=Raw), session)


def _documents(rows: Collection[RawBSONDocument], session: Any) -> Iterator[bytes]:
    try:
        for row in rows.find({}, session=session, batch_size=_AT_ONCE):
            yield bytes(row.raw)
    except OperationFailure as error:
        if error.code in _TOO_OLD:
            raise SnapshotLost("MongoDB no longer has the snapshot that this backup began with; back up when there is less load") from error
        raise


@contextlib.contextmanager
def _long_snapshots(database: Database[Any]) -> Iterator[None]:
    """Asks MongoDB to keep the snapshot for a day instead of some minutes or not at all, where the user may do so."""
    admin = database.client.admin
    try:
        was = admin.command({"getParameter": 1, _SNAPSHOT_NAME: 1})[_SNAPSHOT_NAME]
    except OperationFailure:
        yield
        return
    if was == _SNAPSHOT_SECONDS:  # left by a backup that was killed
        was = _started_with(admin)
    try:
        with contextlib.suppress(OperationFailure):
            admin.command({"setParameter": 1, _SNAPSHOT_NAME: max(was, _SNAPSHOT_SECONDS)})
        yield
    finally:
        with contextlib.suppress(OperationFailure):
            admin.command({"setParameter": 1, _SNAPSHOT_NAME: was})


def _started_with(admin: Database[Any]) -> int:
    """The seconds that MongoDB was started with."""
    try:
        started = admin.command("getCmdLineOpts")["parsed"].get("setParameter", {})
        return int(started.get(_SNAPSHOT_NAME, _DEFAULT_SECONDS))
    except (OperationFailure, ValueError):
        return _DEFAULT_SECONDS


def tombstones(database: Database[Any]) -> list[Tombstone]:
    """The tombstones of all workspaces, which a restore keeps."""
    return [from_document({**row, "at": aware(row["at"])}, Tombstone) for row in database[Tombstones.collection].find({})]


def withdrawn_ids(database: Database[Any]) -> list[Document]:
    """The withdrawn ids of all workspaces, which a restore keeps: a withdrawal holds although the backup is older."""
    return list(database[Withdrawn.collection].find({}))


def add_withdrawn_ids(database: Database[Any], found: Sequence[Document]) -> None:
    """Adds withdrawn ids to those that a backup has restored; where both know an id, these count."""
    for start in range(0, len(found), _AT_ONCE):
        part = found[start : start + _AT_ONCE]
        database[Withdrawn.collection].bulk_write([ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in part], ordered=False)


def is_empty(database: Database[Any]) -> bool:
    """Whether the database has no document."""
    return not any(database[name].find_one({}, {"_id": 1}) for name in set(_names(database)) - _EXCLUDED)


def drop_all(database: Database[Any]) -> None:
    """Removes every collection."""
    for name in _names(database):
        database.drop_collection(name)


def write(database: Database[Any], name: str, documents: Iterable[bytes], on_progress: Callable[[int], None] = lambda _: None) -> int:
    """Inserts documents into a collection; returns how many. Raises PyMongoError."""
    rows: Collection[RawBSONDocument] = database.get_collection(name, codec_options=Raw)
    batch: list[RawBSONDocument] = []
    size = count = 0
    for document in documents:
        batch.append(RawBSONDocument(document))
        size += len(document)
        if len(batch) >= _AT_ONCE or size >= _AT_ONCE_BYTES:
            rows.insert_many(batch, ordered=False)
            count, batch, size = count + len(batch), [], 0
            on_progress(count)
    if batch:
        rows.insert_many(batch, ordered=False)
    return count + len(batch)


def _names(database: Database[Any]) -> list[str]:
    return [name for name in database.list_collection_names() if not name.startswith("system.")]
