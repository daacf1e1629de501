"""The alarms that stand now, across workspaces."""

from datetime import datetime
from typing import Any

import msgspec
from pymongo import IndexModel
from pymongo.database import Database

from tracker.domain.alerting.alarm import Alarm, AlarmKind
from tracker.store.core.records import plain

Document = dict[str, Any]

INDEXES: dict[str, list[IndexModel]] = {"alarms": []}  # a handful of rows, found by id or read as a whole


class Alarms:
    """One row per alarm that stands: since when, seen last, rung."""

    def __init__(self, database: Database[Document]) -> None:
        self._rows = database.alarms

    def begin(self, alarm: Alarm, now: datetime) -> bool:
        """Notes that this is wrong now; whether it is news."""
        change = {"$set": {**plain(alarm), "seen_at": now}, "$setOnInsert": {"since": now, "rung_at": None}}
        return self._rows.update_one({"_id": alarm.id}, change, upsert=True).upserted_id is not None

    def over(self, kind: AlarmKind, workspace: str = "", *, unseen_since: datetime | None = None) -> bool:
        """The cause is gone, unless it was seen since then; whether an alarm ended."""
        unseen = {"seen_at": {"$lt": unseen_since}} if unseen_since else {}
        return self._rows.delete_one({"_id": f"{workspace}:{kind.value}", **unseen}).deleted_count == 1

    def standing(self) -> list[tuple[Alarm, datetime, datetime]]:
        """Every alarm with the moments it began and was seen last."""
        return [(_alarm(row), row["since"], row["seen_at"]) for row in self._rows.find({"_id": {"$gt": ""}})]

    def not_rung(self) -> list[tuple[Alarm, datetime]]:
        """Alarms that nobody was told of yet, with the moments they began."""
        return [(_alarm(row), row["since"]) for row in self._rows.find({"_id": {"$gt": ""}, "rung_at": None})]

    def rung(self, alarm: Alarm, now: datetime) -> None:
        """The admins were told."""
        self._rows.update_one({"_id": alarm.id}, {"$set": {"rung_at": now}})


def _alarm(row: Document) -> Alarm:
    return msgspec.convert({name: row[name] for name in Alarm.__struct_fields__}, Alarm)
