"""Dirty marks: which leads and visitors must be recomputed, and over which time range. The only work list of the workers."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pymongo import DeleteMany, IndexModel, UpdateMany, UpdateOne

from tracker.base.clock import to_ms
from tracker.base.ids import new_id
from tracker.store.activity.mark import Look, Mark, mark_of
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH
from tracker.store.core.repository import Connection, Repository, ids_of

Moments = dict[tuple[str, str, str], list[datetime]]
"""The moments of events, by workspace, kind and id."""

LEASE = timedelta(seconds=10)
"""How long the marks of a killed worker wait. A living one renews it every few seconds: workers.recompute.lease."""
_MANY = 50
"""The number of marks from which reading the existing ones first is faster than writing all."""
_FEW = 10
"""Marks that failed once and are retried together. Most are valid: their worker was killed for another reason."""
TRIES = 3
"""A mark whose computation failed this often is parked until an operator looks at it."""
_AHEAD = timedelta(minutes=10)
"""How far the range of a visitor's mark is extended, so that it contains the next pages of the visit."""
_EPOCH, _LATEST = datetime.fromisoformat("1970-01-01T00:00:00+00:00"), datetime.fromisoformat("9999-12-31T00:00:00+00:00")


class DirtyMarks(Repository):
    """The marks of all workspaces, in two queues: `live`, and `bulk` for everything that may take longer.

    The queue's field and index keep the names of the first version.
    """

    collection = "dirty"
    indexes = (
        IndexModel([("lane", 1), ("parked", 1), ("kind", 1), ("free_at", 1)], name="lane"),
        IndexModel([("parked", 1), ("free_at", 1)], name="hopeless", partialFilterExpression={"tries": {"$gte": 3}}),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._were_all_waiting = False
        """Whether all marks of the last batch existed already, as they do while events arrive faster than workers recompute."""

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the ids of one workspace."""
        return ids_of(workspace)

    def mark(self, workspace: str, lead: str, moments: Iterable[datetime], *, queue: str = "live") -> None:
        """Marks a lead, because of events at these moments."""
        self.mark_many([(workspace, "lead", lead, moment) for moment in moments], queue=queue)

    def mark_many(self, marks: Iterable[tuple[str, str, str, datetime]], *, queue: str = "live") -> None:
        """Marks (workspace, "lead" or "visitor", its id, moment of the event); repeated marks extend the time range.

        The events must be stored already.
        """
        found: Moments = {}
        for workspace, kind, key, moment in marks:
            found.setdefault((workspace, kind, key), []).append(moment)
        if len(found) >= _MANY:
            found = self._not_waiting(found, queue)
        changes = [self._update(*key, min(moments), max(moments), queue) for key, moments in found.items()]
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def _not_waiting(self, wanted: Moments, queue: str) -> Moments:
        """The marks that must be written: those that do not yet wait for a worker with a sufficient time range.

        A worker claims a waiting mark after this query, thus after the events were stored, and reads them too.
        The computation of a lead continues to its last event, whatever the end of the mark.
        """
        marks = {f"{workspace}:{kind}:{key}": (workspace, kind, key) for workspace, kind, key in wanted}
        waiting: Document = {"_id": {"$in": list(marks)}, "claim": None, "parked": False, "tries": 0}
        if queue == "live":
            waiting["lane"] = queue
        was_counted = self._were_all_waiting
        if was_counted and self._are_all_waiting(waiting, wanted):
            return {}
        covered: set[tuple[str, str, str]] = set()
        for row in self.rows.find(waiting, {"start": 1, "end": 1, "kind": 1}, batch_size=len(marks) + 1, hint="_id_"):
            moments = wanted[mark := marks[row["_id"]]]
            if row["start"] <= min(moments) and (row["kind"] == "lead" or max(moments) <= row["end"]):
                covered.add(mark)
        self._were_all_waiting = len(covered) == len(wanted) and not was_counted  # after a failed count, read again before the next one
        return {mark: moments for mark, moments in wanted.items() if mark not in covered}

    def _are_all_waiting(self, waiting: Document, wanted: Moments) -> bool:
        """Whether all marks wait and contain the range of the whole batch. A count is much cheaper than reading the marks."""
        first, last = min(map(min, wanted.values())), max(map(max, wanted.values()))
        covering = {"start": {"$lte": first}, "$or": [{"kind": "lead"}, {"end": {"$gte": last}}]}
        return self.rows.count_documents(waiting | covering, hint="_id_") == len(wanted)

    def _update(self, workspace: str, kind: str, key: str, start: datetime, end: datetime, queue: str) -> UpdateOne:
        update: Document = {
            "$min": {"start": start},
            "$max": {"end": min(end, _LATEST) + _AHEAD if kind == "visitor" else end},
            "$inc": {"generation": 1},
            "$setOnInsert": {"ws": workspace, "kind": kind, "key": key, "free_at": _EPOCH, "tries": 0, "parked": False},
            "$currentDate": {"marked_at": True},
        }
        if queue == "live":
            update["$set"] = {"lane": queue}
        else:
            update["$setOnInsert"]["lane"] = queue
        return UpdateOne({"_id": f"{workspace}:{kind}:{key}"}, update, upsert=True)

    def look_again(self, looks: Iterable[Look]) -> None:
        """Marks leads and visitors that must be recomputed when their due time has come.

        Each due time has a mark of its own, so that a new event is never kept waiting by it.
        """
        changes = [
            UpdateOne(
                {"_id": f"{look.workspace}:{look.kind}:{look.subject}@{to_ms(look.due)}"},
                {
                    "$setOnInsert": {
                        "ws": look.workspace,
                        "kind": look.kind,
                        "key": f"{look.subject}@{to_ms(look.due)}",
                        "lane": "live",
                        "start": look.moment,
                        "end": look.moment,
                        "free_at": look.due,
                        "marked_at": look.due,
                        "generation": 1,
                        "tries": 0,
                        "parked": False,
                    }
                },
                upsert=True,
            )
            for look in looks
        ]
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def has_due_look(self, now: datetime) -> bool:
        """Whether a mark of the queue `live` that waited for its due time is free."""
        free = {"lane": "live", "parked": False, "kind": {"$in": ["lead", "visitor"]}, "free_at": {"$gt": _EPOCH, "$lte": now}, "tries": 0}
        return self.rows.find_one(free, {"_id": 1}) is not None

    def claim(
        self,
        queue: str,
        now: datetime,
        limit: int,
        *,
        kind: str | None = None,
        marked_before: datetime | None = None,
        only_fresh: bool = False,
    ) -> list[Mark]:
        """Claims up to `limit` free marks of a queue (and kind) for the time of the lease. The try is counted before any work starts.

        Marks that failed once are claimed a few at a time, those that failed twice alone; with `only_fresh`, neither. A mark that
        kills its worker thus affects few others, and none on its last try.
        """
        kinds, tries = kind or {"$in": ["lead", "visitor"]}, {"$lt": 1 if only_fresh else TRIES}
        free: Document = {"lane": queue, "parked": False, "kind": kinds, "free_at": {"$lte": now}, "tries": tries}
        if marked_before:
            free["marked_at"] = {"$lt": marked_before}
        rows = list(self.rows.find(free, batch_size=limit).sort("free_at", 1).limit(limit))
        chosen = [row for row in rows if not row["tries"]] or [row for row in rows if row["tries"] == 1][:_FEW] or rows[:1]
        return self._claim([row["_id"] for row in chosen], free, now, chosen) if chosen else []

    def claim_leads(self, workspace: str, leads: Iterable[str], now: datetime) -> list[Mark]:
        """Claims the free marks of these leads, which are recomputed anyway. Marks that failed before are excluded."""
        keys = [f"{workspace}:lead:{lead}" for lead in leads]
        return self._claim(keys, {"parked": False, "tries": 0, "free_at": {"$lte": now}}, now) if keys else []

    def _claim(self, keys: list[str], free: Document, now: datetime, seen: Sequence[Document] = ()) -> list[Mark]:
        claim, named = new_id(), {"_id": {"$in": keys}}
        if seen:
            # Excludes marks that were replaced or extended since they were read.
            free = {**free, "marked_at": {**free.get("marked_at", {}), "$lte": max(row["marked_at"] for row in seen)}}
        taken = self.rows.update_many(named | free, {"$set": {"free_at": now + LEASE, "claim": claim}, "$inc": {"tries": 1}}).modified_count
        if seen and taken == len(seen):
            # All are claimed as they were read. One renewed within the same millisecond differs in its generation only.
            return [mark_of({**row, "tries": row["tries"] + 1}) for row in seen]
        return [mark_of(row) for row in self.rows.find({**named, "claim": claim}, batch_size=BATCH)] if taken else []

    def finish(self, marks: Iterable[Mark], now: datetime) -> None:
        """Deletes the marks that were not renewed since the claim; renewed ones are free again at once."""
        done = list(marks)
        if not done:
            return
        by_generation: dict[int, list[str]] = {}
        for mark in done:
            by_generation.setdefault(mark.generation, []).append(mark.id)
        # Hundreds of marks have only a few generations: one delete for each generation.
        deletes = [DeleteMany({"_id": {"$in": keys}, "generation": generation}) for generation, keys in by_generation.items()]
        renewed = {"_id": {"$in": [m.id for m in done]}}
        freed = UpdateMany(renewed, {"$set": {"free_at": now, "tries": 0}, "$unset": {"claim": ""}})
        self.rows.bulk_write([*deletes, freed])

    def renew(self, marks: Iterable[Mark], now: datetime) -> None:
        """Extends the lease of those that are still claimed."""
        claimed = {"_id": {"$in": [m.id for m in marks]}, "claim": {"$exists": True}}
        self.rows.update_many(claimed, {"$max": {"free_at": now + LEASE}})

    def release(self, marks: Iterable[Mark], now: datetime) -> None:
        """Frees marks whose lead was changed by another process meanwhile. That is no failure: the try is not counted."""
        self.rows.update_many({"_id": {"$in": [m.id for m in marks]}}, {"$set": {"free_at": now, "tries": 0}, "$unset": {"claim": ""}})

    def give_back(self, marks: Iterable[Mark], now: datetime, *, after: timedelta) -> None:
        """Frees marks whose computation failed. The try is counted; after the third the mark is parked."""
        keys = {"_id": {"$in": [m.id for m in marks]}}
        self.rows.update_many(keys, {"$set": {"free_at": now + after}, "$unset": {"claim": ""}})
        self.rows.update_many({**keys, "tries": {"$gte": TRIES}}, {"$set": {"parked": True}})

    def park_hopeless(self, now: datetime) -> int:
        """Parks marks whose worker died three times; returns how many. Called by the sweep."""
        hopeless = {"parked": False, "tries": {"$gte": TRIES}, "free_at": {"$lte": now}}
        return self.rows.update_many(hopeless, {"$set": {"parked": True}}).modified_count

    def unpark(self, workspace: str) -> None:
        """Frees the parked marks of the workspace."""
        parked = ids_of(workspace) | {"parked": True}
        self.rows.update_many(parked, {"$set": {"parked": False, "tries": 0, "free_at": _EPOCH}})

    def waiting(self, queue: str, now: datetime) -> bool:
        """Whether the queue has a mark that can be claimed now."""
        free = {"lane": queue, "parked": False, "kind": {"$in": ["lead", "visitor"]}, "free_at": {"$lte": now}}
        return self.rows.find_one(free, {"_id": 1}) is not None

    def reaches_back(self, workspace: str, moment: datetime) -> bool:
        """Whether the workspace has marks because of events before that moment."""
        own = ids_of(workspace) | {"start": {"$lt": moment}}
        return self.rows.find_one(own, {"_id": 1}) is not None

    def leads_left(self, workspace: str, since: datetime, *, limit: int) -> int:
        """How many leads of the workspace wait because of events at that moment or before, at most `limit`."""
        own = ids_of(workspace) | {"kind": "lead", "parked": False, "start": {"$lte": since}}
        return self.rows.count_documents(own, limit=limit, hint="_id_")

    def oldest(self, queue: str, now: datetime) -> datetime | None:
        """When the mark that waits longest in the queue was last renewed. Considers the first hundred marks."""
        free = {"lane": queue, "parked": False, "kind": {"$in": ["lead", "visitor"]}, "free_at": {"$lte": now}}
        rows = self.rows.find(free, {"marked_at": 1}).sort("free_at", 1).limit(100)
        return min((row["marked_at"] for row in rows), default=None)

    def counts(self) -> dict[str, int]:
        """The number of marks in each queue, and of parked marks."""
        group = {"_id": {"$cond": ["$parked", "parked", "$lane"]}, "n": {"$sum": 1}}
        rows = self.rows.aggregate([{"$match": {"lane": {"$in": ["live", "bulk"]}}}, {"$group": group}])
        return {row["_id"]: row["n"] for row in rows}
