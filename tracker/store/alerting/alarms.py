"""The active alarms, across workspaces. A small collection, found by id or read as a whole."""

from datetime import datetime

import msgspec

from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.store.core.client import Document
from tracker.store.core.records import plain
from tracker.store.core.repository import Repository


class Alarms(Repository):
    """One document per active alarm: when it began, when its cause was seen last, when it was announced. Called by actions and workers."""

    collection = "alarms"

    def begin(self, alarm: Alarm, now: datetime) -> bool:
        """Records that the cause of the alarm is present; returns whether the alarm is new."""
        change = {"$set": {**plain(alarm), "seen_at": now}, "$setOnInsert": {"since": now, "rung_at": None}}
        return self.rows.update_one({"_id": alarm.id}, change, upsert=True).upserted_id is not None

    def end(self, kind: AlarmKind, workspace: str = "", *, unseen_since: datetime | None = None) -> bool:
        """Ends the alarm, unless its cause was seen since then; returns whether there was one."""
        unseen = {"seen_at": {"$lt": unseen_since}} if unseen_since else {}
        return self.rows.delete_one({"_id": f"{workspace}:{kind.value}", **unseen}).deleted_count == 1

    def remove(self, alarm: Alarm) -> None:
        """Ends this alarm."""
        self.rows.delete_one({"_id": alarm.id})

    def active(self) -> list[tuple[Alarm, datetime, datetime]]:
        """Every alarm with the times at which it began and its cause was seen last."""
        return [(_alarm(row), row["since"], row["seen_at"]) for row in self.rows.find({"_id": {"$gt": ""}})]

    def unannounced(self) -> list[tuple[Alarm, datetime]]:
        """The alarms that were not announced yet, with the times at which they began."""
        return [(_alarm(row), row["since"]) for row in self.rows.find({"_id": {"$gt": ""}, "rung_at": None})]

    def note_announced(self, alarm: Alarm, now: datetime) -> None:
        """Records that the admins were notified."""
        self.rows.update_one({"_id": alarm.id}, {"$set": {"rung_at": now}})


def _alarm(row: Document) -> Alarm:
    return msgspec.convert({name: row[name] for name in Alarm.__struct_fields__ if name in row}, Alarm)
