"""Domain days: settled verdicts of a day's messages by recipient domain, from which scan profiles are made. Used by workers."""

from collections.abc import Iterable
from datetime import date

import msgspec

from tracker.rules.verdicts.learning import DomainDay
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH, insert_once, key_of, plain
from tracker.store.core.repository import WorkspaceRepository


class DomainDays(WorkspaceRepository):
    """One document per day and domain. The `_id` begins with the day, so that every query is a range of it."""

    collection = "domain_days"

    def replace(self, day: date, found: Iterable[DomainDay]) -> None:
        """Replaces what is stored of the day."""
        self.rows.delete_many(self._days(day, day))
        insert_once(self.rows, [self._document(one) for one in found])

    def between(self, first: date, last: date) -> list[DomainDay]:
        """The summaries of these days, both ends included."""
        return [msgspec.convert(row, DomainDay) for row in self.rows.find(self._days(first, last), {"_id": 0, "ws": 0}, batch_size=BATCH)]

    def remove_before(self, day: date) -> None:
        """Deletes what is older."""
        self.rows.delete_many({"_id": {"$gte": f"{self.workspace}:", "$lt": key_of(self.workspace, day.isoformat())}})

    def _document(self, one: DomainDay) -> Document:
        return {"_id": key_of(self.workspace, f"{one.day.isoformat()}:{one.domain}"), "ws": self.workspace, **plain(one)}

    def _days(self, first: date, last: date) -> Document:
        return {"_id": {"$gte": key_of(self.workspace, f"{first.isoformat()}:"), "$lt": key_of(self.workspace, f"{last.isoformat()};")}}
