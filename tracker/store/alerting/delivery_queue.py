"""Lanes: the deliveries of one channel of one rep (or of the team), which go one after the other. For the notifier."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.database import Database

from tracker.base.ids import new_id
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.store.core.records import from_document, key_of, plain

Document = dict[str, Any]
Lane = tuple[str, str | None, ChannelName]
"""Workspace, rep (empty: the team), channel."""

INDEXES = {
    "deliveries": [
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING), ("created_at", ASCENDING)], name="next"),
        IndexModel([("ws", 1), ("rep", 1), ("channel", 1), ("state", 1), ("due_at", 1), ("created_at", 1)], name="lane"),
        IndexModel([("ws", 1), ("rep", 1), ("channel", 1), ("at", -1)], name="lane_at"),
    ]
}

LEASE = timedelta(seconds=45)
"""A claimed delivery whose notifier died is due again after this; longer than any try takes."""
_OPEN = [DeliveryState.DUE.value, DeliveryState.SENDING.value]
_ORDER = [("due_at", ASCENDING), ("created_at", ASCENDING)]
_MOST_RECENT = 100


class Lanes:
    """Due deliveries of all workspaces, lane by lane."""

    def __init__(self, database: Database[Document]) -> None:
        self._rows = database["deliveries"]

    def claim(self, now: datetime, *, skip: Iterable[Lane] = (), lease: timedelta = LEASE) -> Delivery | None:
        """Takes the delivery due longest in any other lane, counting the try; a lapsed lease is due again."""
        row = self._rows.find_one_and_update(
            {"state": {"$in": _OPEN}, "due_at": {"$lte": now}, **_not_in(skip)},
            {"$set": {"state": DeliveryState.SENDING.value, "due_at": now + lease}, "$inc": {"attempts": 1}},
            sort=_ORDER,
            return_document=ReturnDocument.AFTER,
        )
        return from_document(row, Delivery) if row else None

    def claim_waiting(self, lane: Lane, now: datetime, *, most: int, lease: timedelta = LEASE) -> list[Delivery]:
        """Takes all first-time deliveries due in the lane, oldest first, at most so many."""
        query = _waiting(lane, now)
        keys = [row["_id"] for row in self._rows.find(query, {"_id": 1}, sort=_ORDER, limit=most)]
        token = new_id()
        taken = {"state": DeliveryState.SENDING.value, "due_at": now + lease, "claim": token}
        self._rows.update_many({"_id": {"$in": keys}, **query}, {"$set": taken, "$inc": {"attempts": 1}})
        rows = self._rows.find(
            {"_id": {"$in": keys}, "claim": token, "state": DeliveryState.SENDING.value}, sort=[("created_at", ASCENDING)]
        )
        return [from_document(row, Delivery) for row in rows]

    def waiting(self, lane: Lane, now: datetime, *, most: int) -> int:
        """How many first-time deliveries are due in the lane, counted up to `most`."""
        return self._rows.count_documents(_waiting(lane, now), limit=most)

    def recent(self, lane: Lane, since: datetime) -> list[datetime]:
        """When the lane delivered, newest first; what went inside a digest counts with the digest. The last hundred at most."""
        query = {**_of(lane), "at": {"$gte": since}, "reference.carried_by": {"$exists": False}}
        found = self._rows.find(query, {"at": 1}, sort=[("at", DESCENDING)], limit=_MOST_RECENT)
        return [row["at"] for row in found]

    def hold(self, lane: Lane, until: datetime) -> None:
        """Nothing of the lane is due before then; what waited keeps its order."""
        query = {**_of(lane), "state": DeliveryState.DUE.value, "due_at": {"$lt": until}}
        self._rows.update_many(query, {"$set": {"due_at": until}})

    def finish(self, deliveries: Iterable[Delivery], **values: object) -> None:
        """Writes what became of claimed deliveries: the same for all."""
        changes = {"$set": {name: plain(value) for name, value in values.items()}}
        self._rows.update_many({"_id": {"$in": [key_of(d.workspace, d.id) for d in deliveries]}}, changes)

    def next_due(self, *, skip: Iterable[Lane] = ()) -> datetime | None:
        """When the next delivery of any other lane falls due, or a lease lapses; may be past."""
        row = self._rows.find_one({"state": {"$in": _OPEN}, **_not_in(skip)}, {"due_at": 1}, sort=_ORDER)
        return row["due_at"] if row else None


def lane_of(delivery: Delivery) -> Lane:
    """The lane a delivery goes in."""
    return delivery.workspace, delivery.rep, delivery.channel


def _of(lane: Lane) -> Document:
    workspace, rep, channel = lane
    return {"ws": workspace, "rep": rep, "channel": channel.value}


def _not_in(lanes: Iterable[Lane]) -> Document:
    others = [_of(lane) for lane in lanes]
    return {"$nor": others} if others else {}


def _waiting(lane: Lane, now: datetime) -> Document:
    """Never sent before: an edit of a message that stands cannot go in a digest."""
    return {**_of(lane), "state": DeliveryState.DUE.value, "due_at": {"$lte": now}, "at": None}
