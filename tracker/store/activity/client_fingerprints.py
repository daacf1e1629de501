"""Client fingerprints: user agent and headers repeat from event to event, so that each pair is stored once, under its hash."""

from collections.abc import Sequence

from pymongo import UpdateOne

from tracker.domain.activity.event import Event
from tracker.store.activity.event_codec import fingerprint_of
from tracker.store.core.repository import Client, Connection, Repository


class ClientFingerprints(Repository):
    """User agents and headers by fingerprint. Those used last are cached in memory."""

    collection = "prints"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._cache = connection.fingerprints

    def save(self, events: Sequence[Event]) -> list[bytes | None]:
        """The fingerprint of each event, None where it has neither agent nor headers. Stores those that are new."""
        keys = [fingerprint_of(event) for event in events]
        fresh = {key: (e.agent, e.headers) for key, e in zip(keys, events, strict=True) if key and key not in self._cache}
        if fresh:
            rows = [
                UpdateOne({"_id": key}, {"$setOnInsert": {"agent": agent, "headers": list(map(list, headers.items()))}}, upsert=True)
                for key, (agent, headers) in fresh.items()
            ]
            self.rows.bulk_write(rows, ordered=False)
            self._cache.add(fresh)
        return keys

    def find(self, keys: set[bytes]) -> dict[bytes, Client]:
        """The agents and headers of these fingerprints; unknown ones are left out."""
        found = {key: known for key in keys if (known := self._cache.get(key)) is not None}
        missing = [key for key in keys if key not in found]
        if missing:
            fresh = {row["_id"]: (row["agent"], dict(row["headers"])) for row in self.rows.find({"_id": {"$in": missing}})}
            self._cache.add(fresh)
            found |= fresh  # the cache may have dropped some of them already
        return found
