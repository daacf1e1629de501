"""The deliveries of one workspace: one row for each alert and channel."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import IndexModel

from tracker.domain.alerting.delivery import Delivery, DeliveryState
from tracker.store.core.records import Records, insert_once, to_document


class Deliveries(Records[Delivery]):
    """Written by workers before any notice is sent. The notifier processes them through `DeliveryQueue`."""

    collection = "deliveries"
    indexes = (IndexModel([("ws", 1), ("alert", 1)], name="alert"),)
    kind = Delivery

    def of_alerts(self, alerts: Iterable[str]) -> dict[str, list[Delivery]]:
        """The deliveries of each of these alerts."""
        found: dict[str, list[Delivery]] = {alert: [] for alert in alerts}
        for delivery in self.where({"alert": {"$in": list(found)}}):
            found[delivery.alert].append(delivery)
        return found

    def open_once(self, deliveries: Iterable[Delivery]) -> set[str]:
        """Inserts new rows and leaves existing ones unchanged; returns the alerts of the existing ones."""
        return {row["alert"] for row in insert_once(self.rows, [to_document(delivery) for delivery in deliveries])}

    def cancel(self, alerts: Iterable[str]) -> None:
        """Cancels the deliveries of withdrawn alerts that were not sent."""
        query = {"ws": self.workspace, "alert": {"$in": list(alerts)}, "state": DeliveryState.DUE.value}
        self.rows.update_many(query, {"$set": {"state": DeliveryState.CANCELLED.value}})

    def reopen(self, alerts: Iterable[str], now: datetime) -> bool:
        """Makes cancelled deliveries due again, because the alert stands again; returns whether there were any."""
        query = {"ws": self.workspace, "alert": {"$in": list(alerts)}, "state": DeliveryState.CANCELLED.value}
        return self.rows.update_many(query, {"$set": {"state": DeliveryState.DUE.value, "due_at": now}}).modified_count > 0

    def edit_due(self, alerts: Iterable[str], due_at: datetime, channels: Iterable[str]) -> bool:
        """Makes delivered rows due again in channels that can edit, because the alert's text changed; returns whether there were any."""
        query = {
            "ws": self.workspace,
            "alert": {"$in": list(alerts)},
            "state": DeliveryState.DELIVERED.value,
            "channel": {"$in": list(channels)},
            "reference.ts": {"$exists": True},
        }
        return self.rows.update_many(query, {"$set": {"state": DeliveryState.DUE.value, "due_at": due_at}}).modified_count > 0
