"""Events: every thing that happened, once. Written by workers.drain.process and actions; read by workers, console and API."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import IndexModel, UpdateMany, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from tracker.base.errors import NotFound
from tracker.domain.activity.event import Event, EventKind, Verdict
from tracker.store.activity.event_codec import decode, encode, encode_verdict, packed, print_of
from tracker.store.core import time_ranges
from tracker.store.core.records import doubled
from tracker.store.core.run_parallel import run_parallel

Document = dict[str, Any]
Print = tuple[str, dict[str, str]]

INDEXES = {
    "events": [
        IndexModel([("l", 1), ("t", 1), ("_id", 1)], partialFilterExpression={"l": {"$exists": True}}, name="lead"),
        IndexModel([("w", 1), ("v", 1), ("t", 1)], partialFilterExpression={"v": {"$exists": True}}, name="visitor"),
        IndexModel([("m", 1), ("t", 1)], partialFilterExpression={"m": {"$exists": True}}, name="message"),
        IndexModel([("w", 1), ("t", 1)], name="workspace"),
    ]
}

_NAIVE: CodecOptions[Document] = CodecOptions()
"""Moments come as UTC without saying so, and `decode` says it: BSON's own way of that costs ten times as much."""
_BATCH = 5_000
"""Documents in the first answer already: a second round trip costs more than they do."""


class Prints:
    """Agent and headers by fingerprint: kept once in MongoDB, the latest in memory."""

    def __init__(self, collection: Collection[Document], most: int = 20_000) -> None:
        self._rows = collection
        self._most = most
        self._known: OrderedDict[bytes, Print] = OrderedDict()

    def keep(self, events: Sequence[Event]) -> list[bytes | None]:
        """The fingerprint of each event, none where it shows neither agent nor headers. All can be read back."""
        keys = [print_of(event) for event in events]
        fresh = {key: (e.agent, e.headers) for key, e in zip(keys, events, strict=True) if key and key not in self._known}
        if fresh:
            rows = [
                UpdateOne({"_id": key}, {"$setOnInsert": {"agent": agent, "headers": list(map(list, headers.items()))}}, upsert=True)
                for key, (agent, headers) in fresh.items()
            ]
            self._rows.bulk_write(rows, ordered=False)
            self._remember(fresh)
        return keys

    def of(self, keys: set[bytes]) -> dict[bytes, Print]:
        """Those of the fingerprints that are known."""
        found = {key: known for key in keys if (known := self._known.get(key)) is not None}
        missing = [key for key in keys if key not in found]
        if missing:
            fresh = {row["_id"]: (row["agent"], dict(row["headers"])) for row in self._rows.find({"_id": {"$in": missing}})}
            self._remember(fresh)
            found |= fresh  # of the answer nothing may be missing, whatever had to make room meanwhile
        return found

    def _remember(self, fresh: dict[bytes, Print]) -> None:
        self._known.update(fresh)
        while len(self._known) > self._most:
            self._known.popitem(last=False)


def insert_events(database: Database[Document], prints: Prints, events: Sequence[Event]) -> set[str]:
    """Keeps events of any workspaces, each once; the ids of those that are new. For workers.drain.process."""
    if not events:
        return set()
    keys = prints.keep(events)
    try:
        database.events.insert_many(list(map(encode, events, keys)), ordered=False)
    except BulkWriteError as error:
        known = set(doubled(error))
        return {event.id for index, event in enumerate(events) if index not in known}
    return {event.id for event in events}


class Events:
    """The events of one workspace."""

    def __init__(self, database: Database[Document], workspace: str, prints: Prints) -> None:
        self._database = database
        self._rows = database.events.with_options(codec_options=_NAIVE)
        self._prints = prints
        self.workspace = workspace
        self._ws = bytes.fromhex(workspace)

    def add(self, event: Event) -> bool:
        """Keeps one event; false if it was there already."""
        return event.id in insert_events(self._database, self._prints, [event])

    def add_many(self, events: Sequence[Event]) -> set[str]:
        """Keeps several; the ids of the new ones."""
        return insert_events(self._database, self._prints, events)

    def get(self, event: str) -> Event:
        """One event. Raises NotFound."""
        found = self.by_ids([event])
        if not found:
            raise NotFound("no such event")
        return found[0]

    def by_ids(self, events: Iterable[str]) -> list[Event]:
        """Those that exist, in canonical order."""
        keys = [packed(self.workspace, event) for event in set(events)]
        return self._read(self._rows.find({"_id": {"$in": keys}}, batch_size=_BATCH)) if keys else []

    def of_lead(self, lead: str, *, after: tuple[datetime, str] | None = None, limit: int = 200) -> list[Event]:
        """The lead's events, oldest first, from behind `after` (an event's at and id)."""
        query: Document = {"l": packed(self.workspace, lead)}
        if after:
            query = {**query, **self._beyond(after, "$gt")}
        return self._read(self._rows.find(query).sort([("t", 1), ("_id", 1)]).limit(limit))

    def latest_of_lead(self, lead: str, *, before: tuple[datetime, str] | None = None, limit: int = 50) -> list[Event]:
        """The lead's events, newest first."""
        query: Document = {"l": packed(self.workspace, lead)}
        if before:
            query = {**query, **self._beyond(before, "$lt")}
        return self._read(self._rows.find(query).sort([("t", -1), ("_id", -1)]).limit(limit), newest_first=True)

    def latest(self, *, limit: int = 50, before: datetime | None = None) -> list[Event]:
        """The workspace's events, newest first."""
        query: Document = {"w": self._ws, **({"t": {"$lt": before}} if before else {})}
        return self._read(self._rows.find(query).sort([("t", -1)]).limit(limit), newest_first=True)

    def of_moment(self, moment: datetime) -> list[Event]:
        """The workspace's events of that very millisecond."""
        return self._read(self._rows.find({"w": self._ws, "t": moment}))

    def of_leads_since(self, since: dict[str, datetime]) -> list[Event]:
        """For each lead its events from the given moment on, in canonical order: one query for all of them."""
        parts = [
            {"l": {"$in": [packed(self.workspace, lead) for lead in leads]}, "t": {"$gte": start}}
            for start, leads in time_ranges.since(since).items()
        ]
        rows = self._rows.find({"$or": parts}, batch_size=_BATCH) if parts else ()
        return [event for event in self._read(rows) if event.at >= since[event.lead or ""]]

    def of_visitors(self, ranges: dict[str, tuple[datetime, datetime]]) -> list[Event]:
        """For each visitor the page events within the range, both ends included."""
        parts = [
            {"w": self._ws, "v": {"$in": visitors}, "t": {"$gte": start, "$lte": end}}
            for (start, end), visitors in time_ranges.rounded(ranges).items()
        ]
        rows = self._rows.find({"$or": parts}, batch_size=_BATCH) if parts else ()
        return [event for event in self._read(rows) if ranges[event.visitor or ""][0] <= event.at <= ranges[event.visitor or ""][1]]

    def newest_views(self, visitors: Iterable[str], leads: Iterable[str]) -> dict[str, str | None]:
        """The page of each visitor's and each lead's newest event where that is its view; None where it is anything else.

        Those who did nothing are left out.
        """
        keys = {packed(self.workspace, lead): lead for lead in leads}
        seen, done = run_parallel(
            lambda: self._newest("v", {"w": self._ws, "v": {"$in": list(visitors)}}, {"w": -1, "v": -1, "t": -1}),
            lambda: self._newest("l", {"l": {"$in": list(keys)}}, {"l": -1, "t": -1, "_id": -1}),
        )
        return seen | {keys[key]: page for key, page in done.items()}

    def _newest(self, field: str, query: Document, order: dict[str, int]) -> dict[Any, str | None]:
        """One jump in the index for each value of the field, however many events it has."""
        newest = {"_id": f"${field}", "kind": {"$first": "$k"}, "page": {"$first": "$g"}}
        rows = (
            self._rows.aggregate([{"$match": query}, {"$sort": order}, {"$group": newest}], batchSize=_BATCH) if query[field]["$in"] else ()
        )
        return {row["_id"]: row.get("page") if row["kind"] == EventKind.VIEW.value else None for row in rows}

    def of_messages(self, messages: Iterable[str], kinds: Iterable[EventKind] = (EventKind.OPEN, EventKind.CLICK)) -> list[Event]:
        """Opens and clicks of these messages."""
        keys = [packed(self.workspace, message) for message in set(messages)]
        query = {"m": {"$in": keys}, "k": {"$in": [kind.value for kind in kinds]}}
        return self._read(self._rows.find(query, batch_size=_BATCH)) if keys else []

    def bind(self, spans: Mapping[str, Sequence[tuple[datetime | None, datetime | None, str | None]]]) -> int:
        """Gives each span of each visitor's time (start, end, lead) to that lead; how many events changed hands."""
        changes = [self._binding(visitor, *span) for visitor, all_spans in spans.items() for span in all_spans]
        return self._rows.bulk_write(changes, ordered=False).modified_count if changes else 0

    def _binding(self, visitor: str, start: datetime | None, end: datetime | None, lead: str | None) -> UpdateMany:
        within = {op: moment for op, moment in (("$gte", start), ("$lt", end)) if moment}
        query: Document = {"w": self._ws, "v": visitor, **({"t": within} if within else {})}
        if lead is None:
            return UpdateMany({**query, "l": {"$exists": True}}, {"$unset": {"l": ""}})
        key = packed(self.workspace, lead)
        return UpdateMany({**query, "l": {"$ne": key}}, {"$set": {"l": key}})

    def reclassify(self, verdicts: dict[str, Verdict]) -> None:
        """Replaces the verdicts of these events."""
        changes = [UpdateOne({"_id": packed(self.workspace, e)}, {"$set": {"d": encode_verdict(v)}}) for e, v in verdicts.items()]
        if changes:
            self._rows.bulk_write(changes, ordered=False)

    def between(self, after: datetime | None, before: datetime, kinds: Iterable[EventKind], *, limit: int) -> list[Event]:
        """The workspace's events of these kinds, oldest first: from `after` on, before `before`."""
        moments = {"$lt": before, **({"$gte": after} if after else {})}
        query = {"w": self._ws, "t": moments, "k": {"$in": [kind.value for kind in kinds]}}
        return self._read(self._rows.find(query).sort([("t", 1)]).limit(limit))

    def strip(self, events: Iterable[str]) -> None:
        """Forgets from where and with which program these happened."""
        keys = [packed(self.workspace, event) for event in events]
        if keys:
            self._rows.update_many({"_id": {"$in": keys}}, {"$unset": {"a": "", "p": ""}})

    def remove_many(self, events: Iterable[str]) -> None:
        """Forgets these altogether. Their workspace must have been sealed up to them."""
        keys = [packed(self.workspace, event) for event in events]
        if keys:
            self._rows.delete_many({"_id": {"$in": keys}})

    def newest_at(self, since: datetime, kinds: Iterable[EventKind]) -> datetime | None:
        """When the workspace's last event of these kinds happened, if not before `since`."""
        query = {"w": self._ws, "t": {"$gte": since}, "k": {"$in": [kind.value for kind in kinds]}}
        return next((row["t"].replace(tzinfo=UTC) for row in self._rows.find(query, {"t": 1}).sort([("t", -1)]).limit(1)), None)

    def oldest_at(self) -> datetime | None:
        """When the workspace's first event happened."""
        return next((row["t"].replace(tzinfo=UTC) for row in self._rows.find({"w": self._ws}, {"t": 1}).sort([("t", 1)]).limit(1)), None)

    def _beyond(self, edge: tuple[datetime, str], side: str) -> Document:
        at, event = edge
        key = packed(self.workspace, event)
        return {"t": {f"{side}e": at}, "$or": [{"t": {side: at}}, {"t": at, "_id": {side: key}}]}

    def _read(self, rows: Iterable[Document], *, newest_first: bool = False) -> list[Event]:
        documents = list(rows)
        prints = self._prints.of({row["p"] for row in documents if "p" in row})
        return sorted((decode(row, prints) for row in documents), key=lambda event: event.order, reverse=newest_first)
