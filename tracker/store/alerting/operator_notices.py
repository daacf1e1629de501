"""The alarms of which the operator was told by email, until they were told that they are over. Small, read as a whole."""

from datetime import datetime

import msgspec

from tracker.domain.alerting.alarm import Alarm
from tracker.store.core.records import plain
from tracker.store.core.repository import Repository


class OperatorNotices(Repository):
    """One document per alarm. Called by actions.ops.operator_mail."""

    collection = "operator_notices"
    is_in_backup = False

    def told(self) -> list[Alarm]:
        """The alarms that the operator was told of."""
        rows = self.rows.find({"_id": {"$gt": ""}})
        return [msgspec.convert({name: row[name] for name in Alarm.__struct_fields__ if name in row}, Alarm) for row in rows]

    def add(self, alarm: Alarm, now: datetime) -> None:
        """Records that the operator was told."""
        self.rows.update_one({"_id": alarm.id}, {"$set": {**plain(alarm), "at": now}}, upsert=True)

    def remove(self, alarm: Alarm) -> None:
        """Records that the operator was told that the alarm is over."""
        self.rows.delete_one({"_id": alarm.id})
