"""How many events count on each UTC day, by quarter of an hour and kind. A roll-up for the report *activity*.

Whatever adds, changes or removes events marks their quarters; `count_days` counts them anew from the events. So the numbers do not
depend on the order of arrival. Quarters are parts of local days in every time zone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.database import Database

from tracker.domain.activity.event import STANDING, EventKind
from tracker.rules.reports.activity_facts import day_name, day_span
from tracker.store.core.client import Document
from tracker.store.core.records import key_of
from tracker.store.core.repository import WorkspaceRepository

QUARTER = timedelta(minutes=15)
FORGOTTEN = (EventKind.OPEN, EventKind.CLICK, EventKind.VIEW, EventKind.SUBMIT, EventKind.DOWNLOAD)
"""Kinds of events that retention deletes: of sealed days, their numbers stay as they were."""
_NAME = "event_days"
_ALL = list(range(96))


@dataclass(frozen=True, slots=True)
class QuarterCounts:
    """The events of a quarter of an hour by kind."""

    at: datetime
    counts: dict[str, int]


class EventDays(WorkspaceRepository):
    """One document for each UTC day of one workspace."""

    collection = _NAME
    indexes = (
        IndexModel([("ws", ASCENDING), ("day", ASCENDING)], name="day"),
        IndexModel([("ws", ASCENDING), ("is_pending", ASCENDING)], partialFilterExpression={"is_pending": True}, name="pending"),
    )

    def since(self, moment: datetime) -> Iterator[QuarterCounts]:
        """The quarters that end after this moment, oldest first."""
        query = {"ws": self.workspace, "day": {"$gte": day_name(moment)}}
        for row in self.rows.find(query, {"day": 1, "counts": 1}).sort("day", ASCENDING):
            start, _ = day_span(row["day"])
            for number, counts in sorted((row.get("counts") or {}).items(), key=lambda one: int(one[0])):
                at = start + int(number) * QUARTER
                if counts and at + QUARTER > moment:
                    yield QuarterCounts(at, counts)

    def count_pending(self, sealed_before: datetime | None) -> int:
        """Counts all marked quarters anew; returns on how many days."""
        rows = list(self.rows.find({"ws": self.workspace, "is_pending": True}, hint="pending"))
        for row in rows:
            self._count(row, sealed_before)
        return len(rows)

    def mark_all(self) -> None:
        """Marks every day that has events or numbers."""
        ws = bytes.fromhex(self.workspace)
        days: list[Document] = [{"$match": {"w": ws}}, {"$group": {"_id": {"$dateToString": {"date": "$t", "format": "%Y-%m-%d"}}}}]
        found = {row["_id"] for row in self.rows.database["events"].aggregate(days, hint="workspace")}
        found |= {row["day"] for row in self.rows.find({"ws": self.workspace}, {"day": 1, "_id": 0}, hint="day")}
        _mark(self.rows.database, {(self.workspace, day): _ALL for day in found})

    def _count(self, row: Document, sealed_before: datetime | None) -> None:
        start, end = day_span(row["day"])
        wanted, known = set(row.get("pending") or ()), row.get("counts") or {}
        counted = self._counted(start, end, wanted)
        values = {
            f"counts.{number}": _with_sealed(
                counted[number], known.get(str(number), {}), is_sealed=_is_before(start, number, sealed_before)
            )
            for number in wanted
        }
        update: Document = {"$set": {**values, "is_pending": False}, "$pull": {"pending": {"$in": list(wanted)}}}
        same = {"_id": row["_id"], "generation": row.get("generation", 0)}
        if values and not self.rows.update_one(same, update).matched_count:
            self.rows.update_one({"_id": row["_id"]}, {"$set": values})  # marked meanwhile: again with the next run

    def _counted(self, start: datetime, end: datetime, wanted: set[int]) -> dict[int, dict[str, int]]:
        first, last = start + min(wanted, default=0) * QUARTER, min(start + (max(wanted, default=0) + 1) * QUARTER, end)
        match = {
            "w": bytes.fromhex(self.workspace),
            "t": {"$gte": first, "$lt": last},
            "d.0": {"$in": [label.value for label in STANDING]},
        }
        quarter: Any = {"$floor": {"$divide": [{"$subtract": ["$t", start]}, QUARTER / timedelta(milliseconds=1)]}}
        group = {"_id": {"quarter": quarter, "kind": "$k"}, "n": {"$sum": 1}}
        found: dict[int, dict[str, int]] = defaultdict(dict)
        for row in self.rows.database["events"].aggregate([{"$match": match}, {"$group": group}], hint="workspace"):
            found[int(row["_id"]["quarter"])][row["_id"]["kind"]] = row["n"]
        return found


def _is_before(start: datetime, quarter: int, sealed_before: datetime | None) -> bool:
    return sealed_before is not None and start + quarter * QUARTER < sealed_before


def _with_sealed(counted: dict[str, int], known: dict[str, int], *, is_sealed: bool) -> dict[str, int]:
    """The numbers, of a sealed day with those of events that may be gone."""
    if not is_sealed:
        return counted
    gone = {kind.value for kind in FORGOTTEN}
    return {kind: n for kind, n in counted.items() if kind not in gone} | {kind: n for kind, n in known.items() if kind in gone}


def marked_workspaces(database: Database[Document]) -> list[str]:
    """The workspaces with marked quarters: one query over the index of marks alone, however many workspaces there are."""
    stages: list[Document] = [{"$match": {"is_pending": True}}, {"$group": {"_id": "$ws"}}]
    return [row["_id"] for row in database[_NAME].aggregate(stages, hint="pending")]


def mark_days(database: Database[Document], moments: Iterable[tuple[str, datetime]]) -> None:
    """Marks the quarters of these moments, each with its workspace."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for workspace, moment in moments:
        seconds = moment.astimezone(UTC).hour * 3600 + moment.minute * 60
        found[workspace, day_name(moment)].add(seconds // 900)
    _mark(database, {key: sorted(quarters) for key, quarters in found.items()})


def _mark(database: Database[Document], quarters: dict[tuple[str, str], list[int]]) -> None:
    changes = [
        UpdateOne(
            {"_id": key_of(workspace, day)},
            {
                "$set": {"ws": workspace, "day": day, "is_pending": True},
                "$addToSet": {"pending": {"$each": numbers}},
                "$inc": {"generation": 1},
            },
            upsert=True,
        )
        for (workspace, day), numbers in quarters.items()
    ]
    if changes:
        database[_NAME].bulk_write(changes, ordered=False)
