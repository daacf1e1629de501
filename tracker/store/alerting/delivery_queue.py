"""The delivery queue: due deliveries of all workspaces. Deliveries to the same receiver go one after the other. Called by the notifier."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from tracker.base.ids import new_id
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import MOST_TRIES_KEPT, Delivery, DeliveryState, DeliveryTry
from tracker.store.core.client import Document
from tracker.store.core.records import from_document, key_of, plain
from tracker.store.core.repository import Repository

LEASE = timedelta(seconds=45)
"""A claimed delivery whose notifier died is due again after this; longer than any try takes."""
_OPEN = [DeliveryState.DUE.value, DeliveryState.SENDING.value]
_ORDER = [("due_at", ASCENDING), ("created_at", ASCENDING)]
_MOST_RECENT = 100


class Receiver(NamedTuple):
    """One channel of one rep, or of the team where `rep` is None."""

    workspace: str
    rep: str | None
    channel: ChannelName


class DeliveryQueue(Repository):
    """The rows of `Deliveries`, across workspaces. The indexes keep the names of the first version."""

    collection = "deliveries"
    indexes = (
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING), ("created_at", ASCENDING)], name="next"),
        IndexModel([("ws", 1), ("rep", 1), ("channel", 1), ("state", 1), ("due_at", 1), ("created_at", 1)], name="lane"),
        IndexModel([("ws", 1), ("rep", 1), ("channel", 1), ("at", -1)], name="lane_at"),
        IndexModel([("at", 1)], name="present", partialFilterExpression={"reference.tense": "present"}),
    )

    def claim(self, now: datetime, *, skip: Iterable[Receiver] = (), lease: timedelta = LEASE) -> Delivery | None:
        """Claims the delivery that has been due longest to any other receiver, counting the try; an expired lease is due again."""
        row = self.rows.find_one_and_update(
            {"state": {"$in": _OPEN}, "due_at": {"$lte": now}, **_not_to(skip)},
            {"$set": {"state": DeliveryState.SENDING.value, "due_at": now + lease}, "$inc": {"attempts": 1}},
            sort=_ORDER,
            return_document=ReturnDocument.AFTER,
        )
        return from_document(row, Delivery) if row else None

    def in_present(self, before: datetime, *, limit: int) -> list[Delivery]:
        """Delivered messages of before that moment whose title is in the present tense, oldest first."""
        query = {"reference.tense": "present", "at": {"$lt": before}}
        return [from_document(row, Delivery) for row in self.rows.find(query, sort=[("at", ASCENDING)], limit=limit)]

    def edit_to_past(self, deliveries: Iterable[Delivery], now: datetime) -> bool:
        """Makes these due, so that their title is edited to the past tense; returns whether there are any that still wait for that."""
        keys = [key_of(delivery.workspace, delivery.id) for delivery in deliveries]
        query = {"_id": {"$in": keys}, "state": DeliveryState.DELIVERED.value, "reference.tense": "present"}
        values = {"state": DeliveryState.DUE.value, "due_at": now, "reference.tense": "due"}
        return bool(keys) and self.rows.update_many(query, {"$set": values}).modified_count > 0

    def claim_waiting(self, receiver: Receiver, now: datetime, *, most: int, lease: timedelta = LEASE) -> list[Delivery]:
        """Claims all first-time deliveries due to the receiver, oldest first, at most that many."""
        return self._claim(_waiting(receiver, now), now, most=most, lease=lease)

    def claim_missed(self, receiver: Receiver, since: datetime, now: datetime, *, most: int, lease: timedelta = LEASE) -> list[Delivery]:
        """Claims the deliveries to the receiver that failed since then and never arrived, oldest first, at most that many."""
        query = {**_to(receiver), "state": DeliveryState.FAILED.value, "due_at": {"$gte": since}, "at": None}
        return self._claim(query, now, most=most, lease=lease)

    def _claim(self, query: Document, now: datetime, *, most: int, lease: timedelta) -> list[Delivery]:
        keys = [row["_id"] for row in self.rows.find(query, {"_id": 1}, sort=_ORDER, limit=most)]
        token = new_id()
        taken = {"state": DeliveryState.SENDING.value, "due_at": now + lease, "claim": token}
        self.rows.update_many({"_id": {"$in": keys}, **query}, {"$set": taken, "$inc": {"attempts": 1}})
        rows = self.rows.find(
            {"_id": {"$in": keys}, "claim": token, "state": DeliveryState.SENDING.value}, sort=[("created_at", ASCENDING)]
        )
        return [from_document(row, Delivery) for row in rows]

    def waiting(self, receiver: Receiver, now: datetime, *, most: int) -> int:
        """The number of first-time deliveries due to the receiver, counted up to `most`."""
        return self.rows.count_documents(_waiting(receiver, now), limit=most)

    def recent(self, receiver: Receiver, since: datetime) -> list[datetime]:
        """When notices were delivered to the receiver, newest first, at most a hundred; a digest counts once."""
        query = {**_to(receiver), "at": {"$gte": since}, "reference.carried_by": {"$exists": False}}
        found = self.rows.find(query, {"at": 1}, sort=[("at", DESCENDING)], limit=_MOST_RECENT)
        return [row["at"] for row in found]

    def hold(self, receiver: Receiver, until: datetime) -> None:
        """Delays all due deliveries to the receiver; waiting ones keep their order."""
        query = {**_to(receiver), "state": DeliveryState.DUE.value, "due_at": {"$lt": until}}
        self.rows.update_many(query, {"$set": {"due_at": until}})

    def finish(self, deliveries: Iterable[Delivery], *, tried: DeliveryTry | None = None, **values: object) -> None:
        """Writes the result of claimed deliveries, the same for all (state, due_at, reference, error, revision, at, first_try_at).

        `tried`: the try, for the log of each.
        """
        changes: Document = {"$set": {name: plain(value) for name, value in values.items()}}
        if tried is not None:
            changes["$push"] = {"tries": {"$each": [plain(tried)], "$slice": -MOST_TRIES_KEPT}}
        self.rows.update_many({"_id": {"$in": [key_of(d.workspace, d.id) for d in deliveries]}}, changes)

    def delivered(
        self, deliveries: Iterable[Delivery], *, settled: int, again_at: datetime, tried: DeliveryTry | None = None, **values: object
    ) -> None:
        """Writes that claimed deliveries are delivered: due again at `again_at` where a revision above `settled` is wanted by now."""
        is_behind = {"$gt": [{"$ifNull": ["$wanted", 0]}, settled]}
        changes: Document = {name: {"$literal": plain(value)} for name, value in values.items()}
        changes["state"] = {"$cond": [is_behind, DeliveryState.DUE.value, DeliveryState.DELIVERED.value]}
        changes["due_at"] = {"$cond": [is_behind, again_at, "$due_at"]}
        if tried is not None:
            tries = {"$concatArrays": [{"$ifNull": ["$tries", []]}, [{"$literal": plain(tried)}]]}
            changes["tries"] = {"$slice": [tries, -MOST_TRIES_KEPT]}
        self.rows.update_many({"_id": {"$in": [key_of(d.workspace, d.id) for d in deliveries]}}, [{"$set": changes}])

    def next_due(self, *, skip: Iterable[Receiver] = ()) -> datetime | None:
        """When the next delivery to any other receiver is due, or a lease expires; may be in the past."""
        row = self.rows.find_one({"state": {"$in": _OPEN}, **_not_to(skip)}, {"due_at": 1}, sort=_ORDER)
        return row["due_at"] if row else None

    def is_due(self, now: datetime) -> bool:
        """Whether any delivery can be claimed now."""
        return self.rows.find_one({"state": {"$in": _OPEN}, "due_at": {"$lte": now}}, {"_id": 1}) is not None

    def oldest_due(self) -> datetime | None:
        """Since when the delivery that waits longest has been due."""
        row = self.rows.find_one({"state": DeliveryState.DUE.value}, {"due_at": 1}, sort=[("due_at", ASCENDING)])
        return row["due_at"] if row else None


def receiver_of(delivery: Delivery) -> Receiver:
    """The receiver of a delivery."""
    return Receiver(delivery.workspace, delivery.rep, delivery.channel)


def _to(receiver: Receiver) -> Document:
    return {"ws": receiver.workspace, "rep": receiver.rep, "channel": receiver.channel.value}


def _not_to(receivers: Iterable[Receiver]) -> Document:
    others = [_to(receiver) for receiver in receivers]
    return {"$nor": others} if others else {}


def _waiting(receiver: Receiver, now: datetime) -> Document:
    """Matches deliveries that were never sent: the edit of a delivered message cannot go into a digest."""
    return {**_to(receiver), "state": DeliveryState.DUE.value, "due_at": {"$lte": now}, "at": None}
