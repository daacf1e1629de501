"""Dirty marks: which leads and visitors must be recounted, over which stretch of time. The workers' whole to-do list."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pymongo import DeleteMany, IndexModel, UpdateMany, UpdateOne
from pymongo.database import Database

from tracker.base.ids import new_id
from tracker.store.core.records import BATCH

Document = dict[str, Any]
Stretches = dict[tuple[str, str, str], list[datetime]]
"""Moments by workspace, kind and id."""

INDEXES = {
    "dirty": [
        IndexModel([("lane", 1), ("parked", 1), ("kind", 1), ("free_at", 1)], name="lane"),
        IndexModel([("parked", 1), ("free_at", 1)], name="hopeless", partialFilterExpression={"tries": {"$gte": 3}}),
    ]
}

LEASE = timedelta(seconds=30)
"""Longer than any batch takes, short enough that what a killed worker held is counted within a minute."""
_MANY = 50
"""From so many marks at once on it pays to look first which of them are there."""
_FEW = 10
"""So many marks that failed once are tried together: a worker that was killed for another reason left hundreds that are sound."""
TRIES = 3
"""A mark whose recount died this often is parked until a person looks at it."""
_AHEAD = timedelta(minutes=10)
"""How much further than it need be a visitor's mark reaches, so that the next pages of the visit are in it already."""
_LATEST = datetime.fromisoformat("9999-12-31T00:00:00+00:00")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One lead or visitor to recount, because of events between `start` and `end`."""

    workspace: str
    kind: str
    key: str
    start: datetime
    end: datetime
    generation: int
    tries: int
    marked_at: datetime

    @property
    def id(self) -> str:
        """The document's key."""
        return f"{self.workspace}:{self.kind}:{self.key}"


class Dirty:
    """The marks of all workspaces."""

    def __init__(self, database: Database[Document]) -> None:
        self._rows = database.dirty
        self._did_all_wait = False
        """Whether all marks of the last batch waited already, as they do while more comes in than workers can recount."""

    def mark(self, workspace: str, lead: str, moments: Iterable[datetime], *, lane: str = "live") -> None:
        """Marks a lead, because of events at these moments."""
        self.mark_many([(workspace, "lead", lead, moment) for moment in moments], lane=lane)

    def mark_many(self, marks: Iterable[tuple[str, str, str, datetime]], *, lane: str = "live") -> None:
        """Marks (workspace, "lead" or "visitor", its id, moment of the event); repeats only widen the stretch.

        What the marks are about must be stored already.
        """
        stretches: Stretches = {}
        for workspace, kind, key, moment in marks:
            stretches.setdefault((workspace, kind, key), []).append(moment)
        if len(stretches) >= _MANY:
            stretches = self._not_waiting(stretches, lane)
        changes = [self._marking(*key, min(moments), max(moments), lane) for key, moments in stretches.items()]
        if changes:
            self._rows.bulk_write(changes, ordered=False)

    def _not_waiting(self, stretches: Stretches, lane: str) -> Stretches:
        """Those that must be written: without those whose mark waits for a worker already and says as much.

        Whoever takes such a mark does so after we looked, so after the events were stored, and reads them too.
        A lead's recount goes on to its last event whatever the end of the mark.
        """
        marks = {f"{workspace}:{kind}:{key}": (workspace, kind, key) for workspace, kind, key in stretches}
        waiting: Document = {"_id": {"$in": list(marks)}, "claim": None, "parked": False, "tries": 0}
        if lane == "live":
            waiting["lane"] = lane
        was_counted = self._did_all_wait
        if was_counted and self._do_all_wait(waiting, stretches):
            return {}
        told: set[tuple[str, str, str]] = set()
        for row in self._rows.find(waiting, {"start": 1, "end": 1, "kind": 1}, batch_size=len(marks) + 1, hint="_id_"):
            moments = stretches[mark := marks[row["_id"]]]
            if row["start"] <= min(moments) and (row["kind"] == "lead" or max(moments) <= row["end"]):
                told.add(mark)
        self._did_all_wait = len(told) == len(stretches) and not was_counted  # counting too strictly is not tried again at once
        return {mark: moments for mark, moments in stretches.items() if mark not in told}

    def _do_all_wait(self, waiting: Document, stretches: Stretches) -> bool:
        """Whether all of the marks wait and say as much; counted where they lie, which is much cheaper than reading them."""
        first, last = min(map(min, stretches.values())), max(map(max, stretches.values()))
        far = {"start": {"$lte": first}, "$or": [{"kind": "lead"}, {"end": {"$gte": last}}]}
        return self._rows.count_documents(waiting | far, hint="_id_") == len(stretches)

    def _marking(self, workspace: str, kind: str, key: str, start: datetime, end: datetime, lane: str) -> UpdateOne:
        update: Document = {
            "$min": {"start": start},
            "$max": {"end": min(end, _LATEST) + _AHEAD if kind == "visitor" else end},
            "$inc": {"generation": 1},
            "$setOnInsert": {"ws": workspace, "kind": kind, "key": key, "free_at": _EPOCH, "tries": 0, "parked": False},
            "$currentDate": {"marked_at": True},
        }
        if lane == "live":
            update["$set"] = {"lane": lane}
        else:
            update["$setOnInsert"]["lane"] = lane
        return UpdateOne({"_id": f"{workspace}:{kind}:{key}"}, update, upsert=True)

    def claim(
        self,
        lane: str,
        now: datetime,
        limit: int,
        *,
        kind: str | None = None,
        marked_before: datetime | None = None,
        only_fresh: bool = False,
    ) -> list[Mark]:
        """Takes up to `limit` free marks of a lane (and kind) for the time of the lease, counting the try before any work starts.

        Marks that failed once are taken a few at a time, and those that failed twice alone (with `only_fresh`, neither): what kills a
        worker takes few others down with it, and none with its last try.
        """
        kinds: object = kind or {"$in": ["lead", "visitor"]}
        tries = {"$lt": 1 if only_fresh else TRIES}
        free: Document = {"lane": lane, "parked": False, "kind": kinds, "free_at": {"$lte": now}, "tries": tries}
        if marked_before:
            free["marked_at"] = {"$lt": marked_before}
        rows = list(self._rows.find(free, batch_size=limit).sort("free_at", 1).limit(limit))
        chosen = [row for row in rows if not row["tries"]] or [row for row in rows if row["tries"] == 1][:_FEW] or rows[:1]
        return self._take([row["_id"] for row in chosen], free, now, chosen) if chosen else []

    def claim_leads(self, workspace: str, leads: Iterable[str], now: datetime) -> list[Mark]:
        """Takes the free marks of these leads, which are being recounted anyway; marks that failed before are left alone."""
        keys = [f"{workspace}:lead:{lead}" for lead in leads]
        return self._take(keys, {"parked": False, "tries": 0, "free_at": {"$lte": now}}, now) if keys else []

    def _take(self, keys: list[str], free: Document, now: datetime, seen: Sequence[Document] = ()) -> list[Mark]:
        claim, named = new_id(), {"_id": {"$in": keys}}
        if seen:
            # A mark that is another by now, made anew or widened, is none that we saw.
            free = {**free, "marked_at": {**free.get("marked_at", {}), "$lte": max(row["marked_at"] for row in seen)}}
        taken = self._rows.update_many(
            named | free, {"$set": {"free_at": now + LEASE, "claim": claim}, "$inc": {"tries": 1}}
        ).modified_count
        if seen and taken == len(seen):
            # All are ours, as we saw them but for a renewal within the same moment, which has another generation.
            return [_mark({**row, "tries": row["tries"] + 1}) for row in seen]
        return [_mark(row) for row in self._rows.find({**named, "claim": claim}, batch_size=BATCH)] if taken else []

    def finish(self, marks: Iterable[Mark], now: datetime) -> None:
        """Drops marks that nobody renewed meanwhile; renewed ones are free again at once."""
        done = list(marks)
        if not done:
            return
        alike: dict[int, list[str]] = {}
        for mark in done:
            alike.setdefault(mark.generation, []).append(mark.id)
        # Hundreds of marks have but a few generations: one delete for each of these.
        deletes = [DeleteMany({"_id": {"$in": keys}, "generation": generation}) for generation, keys in alike.items()]
        renewed = {"_id": {"$in": [m.id for m in done]}}
        freed = UpdateMany(renewed, {"$set": {"free_at": now, "tries": 0}, "$unset": {"claim": ""}})
        self._rows.bulk_write([*deletes, freed])

    def release(self, marks: Iterable[Mark], now: datetime) -> None:
        """Frees marks whose lead was changed by somebody else meanwhile; that is no failure, so the try does not count."""
        keys = {"_id": {"$in": [m.id for m in marks]}}
        self._rows.update_many(keys, {"$set": {"free_at": now, "tries": 0}, "$unset": {"claim": ""}})

    def give_back(self, marks: Iterable[Mark], now: datetime, *, after: timedelta) -> None:
        """Frees marks whose recount failed; the try stays counted, and after the third the mark is parked."""
        done = list(marks)
        keys = {"_id": {"$in": [m.id for m in done]}}
        self._rows.update_many(keys, {"$set": {"free_at": now + after}, "$unset": {"claim": ""}})
        self._rows.update_many({**keys, "tries": {"$gte": TRIES}}, {"$set": {"parked": True}})

    def park_hopeless(self, now: datetime) -> int:
        """Parks marks whose worker died on them three times; how many. For the sweep."""
        hopeless = {"parked": False, "tries": {"$gte": TRIES}, "free_at": {"$lte": now}}
        return self._rows.update_many(hopeless, {"$set": {"parked": True}}).modified_count

    def unpark(self, workspace: str) -> None:
        """Parked marks of the workspace are tried again."""
        parked = {"_id": {"$gte": f"{workspace}:", "$lt": f"{workspace};"}, "parked": True}
        self._rows.update_many(parked, {"$set": {"parked": False, "tries": 0, "free_at": _EPOCH}})

    def waiting(self, lane: str, now: datetime) -> bool:
        """Whether any mark of the lane could be taken now."""
        free = {"lane": lane, "parked": False, "kind": {"$in": ["lead", "visitor"]}, "free_at": {"$lte": now}}
        return self._rows.find_one(free, {"_id": 1}) is not None

    def reaches_back(self, workspace: str, moment: datetime) -> bool:
        """Whether anything of the workspace is left to recount because of events before that moment."""
        own = {"_id": {"$gte": f"{workspace}:", "$lt": f"{workspace};"}, "start": {"$lt": moment}}
        return self._rows.find_one(own, {"_id": 1}) is not None

    def oldest(self, lane: str, now: datetime) -> datetime | None:
        """When the mark that waits longest in the lane was last renewed; looks at the hundred that came first."""
        free = {"lane": lane, "parked": False, "kind": {"$in": ["lead", "visitor"]}, "free_at": {"$lte": now}}
        rows = self._rows.find(free, {"marked_at": 1}).sort("free_at", 1).limit(100)
        return min((row["marked_at"] for row in rows), default=None)

    def counts(self) -> dict[str, int]:
        """How many marks wait in each lane, and how many are parked."""
        group = {"_id": {"$cond": ["$parked", "parked", "$lane"]}, "n": {"$sum": 1}}
        rows = self._rows.aggregate([{"$match": {"lane": {"$in": ["live", "bulk"]}}}, {"$group": group}])
        return {row["_id"]: row["n"] for row in rows}


def _mark(row: Document) -> Mark:
    return Mark(
        workspace=row["ws"],
        kind=row["kind"],
        key=row["key"],
        start=row["start"],
        end=row["end"],
        generation=row["generation"],
        tries=row["tries"],
        marked_at=row["marked_at"],
    )
