"""Events: everything that happened, once. Written by workers.drain and actions; read by workers, console and API."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import IndexModel
from pymongo.errors import BulkWriteError

from tracker.base.errors import NotFound
from tracker.domain.activity.event import Event, EventKind
from tracker.store.activity.client_fingerprints import ClientFingerprints
from tracker.store.activity.event_changes import EventChanges
from tracker.store.activity.event_codec import decode, encode, packed
from tracker.store.core import time_ranges
from tracker.store.core.client import Document
from tracker.store.core.records import duplicate_indexes
from tracker.store.core.repository import Connection
from tracker.store.core.run_parallel import run_parallel
from tracker.store.reports.event_days import mark_days

_NAIVE: CodecOptions[Document] = CodecOptions()
"""Naive datetimes; `decode` adds UTC. BSON's own conversion takes ten times as long."""
_BATCH = 5_000
"""Documents in the first response to a query: a second round trip costs more than they do."""
_OUTLINE = dict.fromkeys(("k", "t", "d", "l", "m", "h", "a"), 1)


class Events(EventChanges):
    """The events of one workspace."""

    collection = "events"
    indexes = (
        IndexModel([("l", 1), ("t", 1), ("_id", 1)], partialFilterExpression={"l": {"$exists": True}}, name="lead"),
        IndexModel([("w", 1), ("v", 1), ("t", 1)], partialFilterExpression={"v": {"$exists": True}}, name="visitor"),
        IndexModel([("m", 1), ("t", 1)], partialFilterExpression={"m": {"$exists": True}}, name="message"),
        IndexModel([("fo", 1), ("t", 1)], partialFilterExpression={"fo": {"$exists": True}}, name="form"),
        IndexModel([("w", 1), ("t", 1)], name="workspace"),
        IndexModel([("l", 1)], partialFilterExpression={"rd": {"$exists": True}, "m": {"$exists": True}}, name="other_readers"),
    )

    def __init__(self, connection: Connection, workspace: str) -> None:
        super().__init__(connection, workspace)
        self.rows = self.rows.with_options(codec_options=_NAIVE)
        self._connection = connection
        self._fingerprints = ClientFingerprints(connection)
        self._ws = bytes.fromhex(workspace)

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the packed ids of one workspace."""
        first = bytes.fromhex(workspace)
        return {"_id": {"$gte": first, "$lt": first + b"\xff" * 17}, "w": first}

    def add(self, event: Event) -> bool:
        """Stores one event; false if it exists already."""
        return event.id in insert_events(self._connection, [event])

    def add_many(self, events: Sequence[Event]) -> set[str]:
        """Stores several; returns the ids of the new ones."""
        return insert_events(self._connection, events)

    def get(self, event: str) -> Event:
        """One event. Raises NotFound."""
        found = self.by_ids([event])
        if not found:
            raise NotFound("no such event")
        return found[0]

    def by_ids(self, events: Iterable[str]) -> list[Event]:
        """Those that exist, in canonical order."""
        keys = [packed(self.workspace, event) for event in set(events)]
        return self._read(self.rows.find({"_id": {"$in": keys}}, batch_size=_BATCH)) if keys else []

    def each(self) -> Iterator[Event]:
        """Every event in the order of ids, read in batches. For exports."""
        rows = self.rows.find(self.workspace_filter(self.workspace)).sort("_id", 1)
        return itertools.chain.from_iterable(self._read(part) for part in iter(lambda: list(itertools.islice(rows, _BATCH)), []))

    def of_lead(self, lead: str, *, after: tuple[datetime, str] | None = None, limit: int = 200) -> list[Event]:
        """The lead's events, oldest first, that follow `after` (an event's `at` and id)."""
        query: Document = {"l": self._keys_of(lead), **(self._beyond(after, "$gt") if after else {})}
        return self._read(self.rows.find(query).sort([("t", 1), ("_id", 1)]).limit(limit))

    def latest_of_lead(self, lead: str, *, before: tuple[datetime, str] | None = None, limit: int = 50) -> list[Event]:
        """The lead's events, newest first."""
        query: Document = {"l": self._keys_of(lead), **(self._beyond(before, "$lt") if before else {})}
        return self._read(self.rows.find(query).sort([("t", -1), ("_id", -1)]).limit(limit), newest_first=True)

    def latest(self, *, limit: int = 50, before: datetime | None = None) -> list[Event]:
        """The workspace's events, newest first."""
        query: Document = {"w": self._ws, **({"t": {"$lt": before}} if before else {})}
        return self._read(self.rows.find(query).sort([("t", -1)]).limit(limit), newest_first=True)

    def outlines(self, since: datetime, *, limit: int) -> list[Event]:
        """The workspace's events since then, newest first, with time, kind, lead, source, address and verdict only."""
        rows = self.rows.find({"w": self._ws, "t": {"$gte": since}}, _OUTLINE, batch_size=_BATCH).sort([("t", -1)]).limit(limit)
        return self._read(rows, newest_first=True)

    def of_moment(self, moment: datetime) -> list[Event]:
        """The workspace's events of exactly that millisecond."""
        return self._read(self.rows.find({"w": self._ws, "t": moment}))

    def of_leads_since(self, since: dict[str, datetime], kinds: Iterable[EventKind] = ()) -> list[Event]:
        """For each lead its events (of these kinds) since the given moment, in canonical order, in one query."""
        chosen: Document = {"k": {"$in": sorted(kind.value for kind in kinds)}} if kinds else {}
        parts = [
            {"l": {"$in": [packed(self.workspace, lead) for lead in leads]}, "t": {"$gte": start}, **chosen}
            for start, leads in time_ranges.group_by_start(since).items()
        ]
        rows = self.rows.find({"$or": parts}, batch_size=_BATCH) if parts else ()
        return [event for event in self._read(rows) if event.at >= since[event.lead or ""]]

    def of_visitors(self, ranges: dict[str, tuple[datetime, datetime]]) -> list[Event]:
        """For each visitor its page events within the range, both ends included."""
        parts = [
            {"w": self._ws, "v": {"$in": visitors}, "t": {"$gte": start, "$lte": end}}
            for (start, end), visitors in time_ranges.group_by_range(ranges).items()
        ]
        rows = self.rows.find({"$or": parts}, batch_size=_BATCH) if parts else ()
        return [event for event in self._read(rows) if ranges[event.visitor or ""][0] <= event.at <= ranges[event.visitor or ""][1]]

    def newest_views(self, visitors: Iterable[str], leads: Iterable[str]) -> dict[str, str | None]:
        """The page of the newest event of each visitor and lead, if that event is a page view, else None.

        Visitors and leads without events are left out.
        """
        keys = {packed(self.workspace, lead): lead for lead in leads}
        seen, done = run_parallel(
            lambda: self._newest("v", {"w": self._ws, "v": {"$in": list(visitors)}}, {"w": -1, "v": -1, "t": -1}),
            lambda: self._newest("l", {"l": {"$in": list(keys)}}, {"l": -1, "t": -1, "_id": -1}),
        )
        return seen | {keys[key]: page for key, page in done.items()}

    def _newest(self, field: str, query: Document, order: dict[str, int]) -> dict[Any, str | None]:
        """The newest event for each value of the field: one seek in the index for each, whatever the number of events."""
        newest = {"_id": f"${field}", "kind": {"$first": "$k"}, "page": {"$first": "$g"}}
        rows = (
            self.rows.aggregate([{"$match": query}, {"$sort": order}, {"$group": newest}], batchSize=_BATCH) if query[field]["$in"] else ()
        )
        return {row["_id"]: row.get("page") if row["kind"] == EventKind.VIEW.value else None for row in rows}

    def of_messages(self, messages: Iterable[str], kinds: Iterable[EventKind] = (EventKind.OPEN, EventKind.CLICK)) -> list[Event]:
        """Opens and clicks of these messages."""
        keys = [packed(self.workspace, message) for message in set(messages)]
        query = {"m": {"$in": keys}, "k": {"$in": [kind.value for kind in kinds]}}
        return self._read(self.rows.find(query, batch_size=_BATCH)) if keys else []

    def leads_with_other_readers(self, leads: Iterable[str]) -> set[str]:
        """Those of the leads whose mail someone else has read, as far as stored."""
        keys = {packed(self.workspace, lead): lead for lead in leads}
        query = {"l": {"$in": list(keys)}, "rd": {"$exists": True}, "m": {"$exists": True}}
        return {keys[row["l"]] for row in self.rows.find(query, {"l": 1, "_id": 0}, batch_size=_BATCH)} if keys else set()

    def between(self, after: datetime | None, before: datetime, kinds: Iterable[EventKind], *, limit: int) -> list[Event]:
        """The workspace's events of these kinds, oldest first: since `after`, before `before`."""
        moments = {"$lt": before, **({"$gte": after} if after else {})}
        query = {"w": self._ws, "t": moments, "k": {"$in": [kind.value for kind in kinds]}}
        return self._read(self.rows.find(query).sort([("t", 1)]).limit(limit))

    def last_view(self, site: str, after: datetime, before: datetime) -> datetime | None:
        """The time of the site's last page view since `after`, before `before`."""
        query: Document = {"w": self._ws, "t": {"$gte": after, "$lt": before}, "k": EventKind.VIEW.value, "s": site}
        return next((row["t"].replace(tzinfo=UTC) for row in self.rows.find(query, {"t": 1}, sort=[("t", -1)], limit=1)), None)

    def newest_at(self, since: datetime, kinds: Iterable[EventKind]) -> datetime | None:
        """The time of the workspace's last event of these kinds since that moment."""
        query = {"w": self._ws, "t": {"$gte": since}, "k": {"$in": [kind.value for kind in kinds]}}
        return next((row["t"].replace(tzinfo=UTC) for row in self.rows.find(query, {"t": 1}).sort([("t", -1)]).limit(1)), None)

    def oldest_at(self) -> datetime | None:
        """The time of the workspace's first event."""
        return next((row["t"].replace(tzinfo=UTC) for row in self.rows.find({"w": self._ws}, {"t": 1}).sort([("t", 1)]).limit(1)), None)

    def _beyond(self, edge: tuple[datetime, str], side: str) -> Document:
        at, event = edge
        key = packed(self.workspace, event)
        return {"t": {f"{side}e": at}, "$or": [{"t": {side: at}}, {"t": at, "_id": {side: key}}]}

    def _read(self, rows: Iterable[Document], *, newest_first: bool = False) -> list[Event]:
        documents = list(rows)
        clients = self._fingerprints.find({row["p"] for row in documents if "p" in row})
        return sorted((decode(row, clients) for row in documents), key=lambda event: event.order, reverse=newest_first)


def insert_events(connection: Connection, events: Sequence[Event]) -> set[str]:
    """Stores events of any workspaces, each once; returns the ids of the new ones."""
    if not events:
        return set()
    keys = ClientFingerprints(connection).save(events)
    try:
        connection.database[Events.collection].insert_many(list(map(encode, events, keys)), ordered=False)
        known = set[int]()
    except BulkWriteError as error:
        known = set(duplicate_indexes(error))
    mark_days(connection.database, ((event.workspace, event.at) for event in events))  # known ones too: the process may have been killed
    return {event.id for index, event in enumerate(events) if index not in known}
