"""The outbox: alerts, and one delivery row per channel. Rows are written before anybody is told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pymongo import IndexModel, ReturnDocument, UpdateOne
from pymongo.database import Database

from tracker.domain.alerting.alert import Alert, AlertState
from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.store.core import time_ranges
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import BATCH, Records, from_document, insert_once, key_of, plain, to_document

Document = dict[str, Any]

INDEXES = {
    "alerts": [
        IndexModel([("ws", 1), ("at", -1), ("_id", -1)], name="workspace"),
        IndexModel([("ws", 1), ("rep", 1), ("at", -1), ("_id", -1)], name="rep"),
        IndexModel([("ws", 1), ("lead", 1), ("at", -1), ("_id", -1)], name="lead"),
        IndexModel([("ws", 1), ("rep", 1)], name="unseen", partialFilterExpression={"seen_at": None}),
    ],
    "deliveries": [IndexModel([("ws", 1), ("alert", 1)], name="alert")],  # those of lanes and of what is due: store.alerting.delivery_queue
}

LEASE = timedelta(seconds=60)
_OPEN = [DeliveryState.DUE.value, DeliveryState.SENDING.value]


class Alerts(Records[Alert]):
    """The alerts of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database.alerts, workspace, Alert)

    def latest(self, *, limit: int = 50, before: datetime | None = None, lead: str | None = None) -> list[Alert]:
        """Newest first, of the workspace or of one lead."""
        query: Document = {**({"lead": lead} if lead else {}), **({"at": {"$lt": before}} if before else {})}
        return self.where(query, sort=[("at", -1)], limit=limit)

    def page(self, *, lead: str | None = None, for_rep: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Alert]:
        """One page, newest first: of the workspace, of one lead, or of those for a rep and for the team."""
        query: Document = {**({"lead": lead} if lead else {}), **({"rep": {"$in": [for_rep, None]}} if for_rep else {})}
        return page_of(self, query, sort="at", descending=True, cursor=cursor, limit=limit)

    def for_rep(self, rep: str, *, limit: int = 50) -> list[Alert]:
        """Newest first: the rep's own and the team's, without withdrawn ones."""
        query = {"rep": {"$in": [rep, None]}, "state": {"$ne": AlertState.WITHDRAWN.value}}
        return self.where(query, sort=[("at", -1)], limit=limit)

    def of_leads_since(self, since: dict[str, datetime]) -> list[Alert]:
        """For each lead its alerts about events from the given moment on."""
        parts = [{"ws": self.workspace, "lead": {"$in": leads}, "at": {"$gte": start}} for start, leads in time_ranges.since(since).items()]
        rows = self.rows.find({"$or": parts}, batch_size=BATCH) if parts else ()
        return [from_document(row, Alert) for row in rows if row["at"] >= since[row["lead"]]]

    def save(self, alerts: Iterable[Alert]) -> None:
        """Keeps new alerts and changes of words and state; never takes back what is known of delivery or seeing."""
        documents = [to_document(alert) for alert in alerts]
        # An alert whose words never changed is new, but for a few; and to insert is several times cheaper than to upsert.
        known = [document for document in documents if document["revision"]]
        known += insert_once(self.rows, [document for document in documents if not document["revision"]])
        changes = []
        for document in known:
            derived = {name: document[name] for name in ("title", "text", "revision", "state", "priority", "episode")}
            first = {name: value for name, value in document.items() if name not in derived and name != "_id"}
            changes.append(UpdateOne({"_id": document["_id"]}, {"$set": derived, "$setOnInsert": first}, upsert=True))
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def seen(self, rep: str, now: datetime) -> None:
        """The rep has looked at everything up to now."""
        self.rows.update_many({"ws": self.workspace, "rep": {"$in": [rep, None]}, "seen_at": None}, {"$set": {"seen_at": now}})

    def note_times(self, alerts: Iterable[str], **times: datetime) -> None:
        """Fills stations of these alerts that are still empty (first_try, delivered)."""
        keys = [key_of(self.workspace, alert) for alert in alerts]
        stations = {f"times.{name}": {"$ifNull": [f"$times.{name}", moment]} for name, moment in times.items()}
        self.rows.update_many({"_id": {"$in": keys}}, [{"$set": stations}])


class Deliveries(Records[Delivery]):
    """The delivery rows of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database.deliveries, workspace, Delivery)

    def of_alerts(self, alerts: Iterable[str]) -> dict[str, list[Delivery]]:
        """The deliveries of each of these alerts."""
        found: dict[str, list[Delivery]] = {alert: [] for alert in alerts}
        for delivery in self.where({"alert": {"$in": list(found)}}):
            found[delivery.alert].append(delivery)
        return found

    def open_once(self, deliveries: Iterable[Delivery]) -> set[str]:
        """Writes new rows; rows that exist stay as they are. The alerts of these."""
        return {row["alert"] for row in insert_once(self.rows, [to_document(delivery) for delivery in deliveries])}

    def cancel(self, alerts: Iterable[str]) -> None:
        """Stops what has not been sent of withdrawn alerts."""
        query = {"ws": self.workspace, "alert": {"$in": list(alerts)}, "state": DeliveryState.DUE.value}
        self.rows.update_many(query, {"$set": {"state": DeliveryState.CANCELLED.value}})

    def reopen(self, alerts: Iterable[str], now: datetime) -> bool:
        """Makes cancelled rows due again: the alert stands after all; whether there were any."""
        query = {"ws": self.workspace, "alert": {"$in": list(alerts)}, "state": DeliveryState.CANCELLED.value}
        return self.rows.update_many(query, {"$set": {"state": DeliveryState.DUE.value, "due_at": now}}).modified_count > 0

    def edit_due(self, alerts: Iterable[str], due_at: datetime, channels: Iterable[str]) -> bool:
        """Makes delivered rows due again in channels that can edit, since the alert's words changed; whether there were any."""
        query = {
            "ws": self.workspace,
            "alert": {"$in": list(alerts)},
            "state": DeliveryState.DELIVERED.value,
            "channel": {"$in": list(channels)},
            "reference.ts": {"$exists": True},
        }
        return self.rows.update_many(query, {"$set": {"state": DeliveryState.DUE.value, "due_at": due_at}}).modified_count > 0


class Outbox:
    """Due deliveries of all workspaces: what the notifier works through."""

    def __init__(self, database: Database[Document]) -> None:
        self._rows = database.deliveries

    def claim(self, now: datetime, *, lease: timedelta = LEASE) -> Delivery | None:
        """Takes the delivery that has been due longest, counting the attempt; a lapsed lease is due again."""
        row = self._rows.find_one_and_update(
            {"state": {"$in": _OPEN}, "due_at": {"$lte": now}},
            {"$set": {"state": DeliveryState.SENDING.value, "due_at": now + lease}, "$inc": {"attempts": 1}},
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return from_document(row, Delivery) if row else None

    def finish(self, delivery: Delivery, **values: object) -> None:
        """Writes what became of a claimed delivery (state, due_at, reference, error, revision, at, first_try_at)."""
        key = {"_id": key_of(delivery.workspace, delivery.id)}
        self._rows.update_one(key, {"$set": {name: plain(value) for name, value in values.items()}})

    def is_due(self, now: datetime) -> bool:
        """Whether anything could be claimed now."""
        return self._rows.find_one({"state": {"$in": _OPEN}, "due_at": {"$lte": now}}, {"_id": 1}) is not None

    def oldest_due(self) -> datetime | None:
        """Since when the longest waiting delivery has been due."""
        row = self._rows.find_one({"state": DeliveryState.DUE.value}, {"due_at": 1}, sort=[("due_at", 1)])
        return row["due_at"] if row else None
