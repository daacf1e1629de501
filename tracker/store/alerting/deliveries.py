"""The deliveries of one workspace: one row for each alert and channel."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from pymongo import IndexModel

from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import MOST_TRIES_KEPT, Delivery, DeliveryState, DeliveryTiming, DeliveryTry
from tracker.rules.alerting.routes import RESENDABLE
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Records, insert_once, key_of, plain, to_document

_RESENDABLE = [channel.value for channel in RESENDABLE]
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Before all deliveries: an index with this bound has those that arrived."""


class Deliveries(Records[Delivery]):
    """Written by workers before any notice is sent. The notifier processes them through `DeliveryQueue`."""

    collection = "deliveries"
    indexes = (
        IndexModel([("ws", 1), ("alert", 1)], name="alert"),
        IndexModel([("ws", 1), ("at", -1)], name="arrived", partialFilterExpression={"at": {"$gt": _BEGINNING}}),
        IndexModel([("ws", 1), ("due_at", -1), ("_id", -1)], name="dead", partialFilterExpression={"state": DeliveryState.FAILED.value}),
    )
    kind = Delivery

    def of_alerts(self, alerts: Iterable[str]) -> dict[str, list[Delivery]]:
        """The deliveries of each of these alerts."""
        found: dict[str, list[Delivery]] = {alert: [] for alert in alerts}
        for delivery in self.where({"alert": {"$in": list(found)}}):
            found[delivery.alert].append(delivery)
        return found

    def arrived(self, since: datetime, *, limit: int) -> list[Delivery]:
        """Those delivered since that moment, the latest first."""
        return self.where({"at": {"$gte": since}}, sort=[("at", -1)], limit=limit)

    def dead(self, *, cursor: str | None = None, limit: int = 50) -> Page[Delivery]:
        """One page of those that were given up and never arrived, the latest first."""
        return page_of(self, {"state": DeliveryState.FAILED.value, "at": None}, sort="due_at", descending=True, cursor=cursor, limit=limit)

    def open_once(self, deliveries: Iterable[Delivery]) -> set[str]:
        """Inserts new rows and leaves existing ones unchanged; returns the alerts of the existing ones."""
        return {row["alert"] for row in insert_once(self.rows, [to_document(delivery) for delivery in deliveries])}

    def cancel(self, alerts: Iterable[str]) -> None:
        """Cancels the deliveries of withdrawn alerts that were not sent.

        A due edit remains, and so does a webhook that was tried: a program is told of the withdrawal.
        """
        maybe_sent = {"channel": {"$in": _RESENDABLE}, "attempts": {"$gt": 0}}
        query = {"ws": self.workspace, "alert": {"$in": list(alerts)}, "state": DeliveryState.DUE.value, "at": None, "$nor": [maybe_sent]}
        self.rows.update_many(query, {"$set": {"state": DeliveryState.CANCELLED.value}})

    def reopen(self, alerts: Iterable[str], now: datetime) -> bool:
        """Makes cancelled deliveries due again, because the alert stands again; returns whether there were any."""
        query = {"ws": self.workspace, "alert": {"$in": list(alerts)}, "state": DeliveryState.CANCELLED.value}
        return self.rows.update_many(query, {"$set": {"state": DeliveryState.DUE.value, "due_at": now}}).modified_count > 0

    def hasten(self, deliveries: Iterable[Delivery]) -> bool:
        """Makes waiting rows due as planned in these, where that is earlier: their alerts became loud. Returns whether there are any."""
        found = False
        for row in deliveries:
            query: Document = {
                "_id": key_of(self.workspace, row.id),
                "state": DeliveryState.DUE.value,
                "at": None,
                "due_at": {"$gt": row.due_at},
            }
            query["timing"] = {"$nin": [DeliveryTiming.NOW.value, None]}
            found |= self.rows.update_one(query, {"$set": {"due_at": row.due_at, "timing": row.timing.value}}).modified_count > 0
        return found

    def send_again(self, delivery: str, now: datetime, tried: DeliveryTry) -> bool:
        """Makes a delivery that failed due now, as if it were new; returns false where it is not failed any more."""
        query = {"_id": key_of(self.workspace, delivery), "state": DeliveryState.FAILED.value, "at": None}
        values = {"state": DeliveryState.DUE.value, "timing": DeliveryTiming.NOW.value, "due_at": now, "attempts": 0, "first_try_at": None}
        push = {"tries": {"$each": [plain(tried)], "$slice": -MOST_TRIES_KEPT}}
        return self.rows.update_one(query, {"$set": values, "$push": push}).modified_count == 1

    def edit_due(self, revisions: Mapping[str, int], due_at: datetime, channels: Iterable[ChannelName]) -> bool:
        """Records that receivers should have these revisions of alerts, before the alerts are saved; returns whether there are any.

        A delivered row becomes due again, where the channel can edit its message. A row that is due or being sent is due again
        after it, if what it delivers is older.
        """
        open_states = [DeliveryState.DUE.value, DeliveryState.SENDING.value]
        is_editable = [{"channel": {"$in": _RESENDABLE}}, {"reference.ts": {"$exists": True}}]
        matches: Document = {"$or": [{"state": {"$in": open_states}}, {"state": DeliveryState.DELIVERED.value, "$or": is_editable}]}
        groups: dict[int, list[str]] = {}
        for alert, revision in revisions.items():
            groups.setdefault(revision, []).append(alert)
        is_delivered = {"$eq": ["$state", DeliveryState.DELIVERED.value]}
        found = 0
        for revision, alerts in groups.items():
            query = {"ws": self.workspace, "alert": {"$in": alerts}, "channel": {"$in": [c.value for c in channels]}, **matches}
            values = {
                "wanted": {"$max": ["$wanted", revision]},
                "wanted_at": due_at,
                "state": {"$cond": [is_delivered, DeliveryState.DUE.value, "$state"]},
                "due_at": {"$cond": [is_delivered, due_at, "$due_at"]},
            }
            found += self.rows.update_many(query, [{"$set": values}]).matched_count
        return found > 0

    def corrected(self, deliveries: Iterable[Delivery], revisions: Mapping[str, int], told_in: str) -> None:
        """Records that the receiver of these was told that their alerts are withdrawn, by the notice of the delivery `told_in`.

        `revisions` are those of the alerts.
        """
        for delivery in deliveries:
            told = {"reference.corrected": str(revisions[delivery.alert]), "reference.corrected_in": told_in}
            self.rows.update_one({"_id": key_of(self.workspace, delivery.id)}, {"$set": told})
