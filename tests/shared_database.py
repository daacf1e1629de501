"""The database that one test worker uses for all its tests: emptied before each by looking only at what was used since."""

from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.database import Database

from tracker.store.store import Store

_RAW = CodecOptions(document_class=RawBSONDocument)
_KINDS = ("insert", "update", "remove")


class SharedDatabase:
    """Collections and indexes are kept, so that they are created once per run. Writes of other processes are noticed too."""

    def __init__(self, client: MongoClient[dict[str, Any]]) -> None:
        self._client = client
        self.database: Database[dict[str, Any]] = client.get_default_database()
        client.drop_database(self.database.name)
        self._seen: dict[str, tuple[bytes, int]] = {}
        """By collection: MongoDB's counters, and the number of its writes other than of documents."""
        self._indexes: dict[str, int] = {}
        self._suspects: set[str] = set()
        """Collections whose indexes may have changed."""

    def empty(self) -> None:
        """Deletes the documents of every collection. Those of which no counter changed since the last time were not used since."""
        found, used = self._counters(), []
        for name, counts in found.items():
            raw, others = self._seen.get(name, (b"", -1))
            if counts.raw == raw:
                continue
            used.append(name)
            now = counts["writeLock"]["count"] - sum(counts[kind]["count"] for kind in ("insert", "update", "remove"))
            if now != others:
                self._suspects.add(name)
            self._seen[name] = counts.raw, now
        self._suspects |= self._indexes.keys() - found.keys()
        for name in self._not_empty(used):
            self.database[name].delete_many({})

    def _not_empty(self, names: list[str]) -> list[str]:
        """Those that have documents, by one query."""
        if not names:
            return []
        looks = {name: [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}] for name in names}
        others = ({"$unionWith": {"coll": name, "pipeline": looks[name]}} for name in names[1:])
        return [row["name"] for row in self.database[names[0]].aggregate([*looks[names[0]], *others])]

    def ensure_indexes(self, store: Store) -> None:
        """Creates missing indexes. Each costs a round trip, so it looks only where some may have changed."""
        if not self._indexes or any(self._count(name) != number for name, number in self._indexes.items() if name in self._suspects):
            store.ensure_indexes()
            self._suspects |= set(self.database.list_collection_names()) - self._indexes.keys()
            self._indexes |= {name: self._count(name) for name in self._suspects}
        self._suspects.clear()

    def _count(self, name: str) -> int:
        return len(list(self.database[name].list_indexes()))

    def _counters(self) -> dict[str, RawBSONDocument]:
        """MongoDB's counters of operations by collection, without those of other databases."""
        totals = self._client.admin.command("top", codec_options=_RAW)["totals"]
        begin, system = f"{self.database.name}.", f"{self.database.name}.system."
        return {name.removeprefix(begin): value for name, value in totals.items() if name.startswith(begin) and not name.startswith(system)}
