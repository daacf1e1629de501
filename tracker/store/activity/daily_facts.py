"""Day facts: what a lead did on one local day, by scoring rule. Derived; rebuilt from that day's events."""

from collections.abc import Iterable
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from tracker.domain.pipeline.score import DayFacts
from tracker.store.activity.event_codec import struct_of
from tracker.store.core.records import key_of, plain, put

Document = dict[str, Any]

INDEXES = {"facts": [IndexModel([("ws", 1), ("lead", 1), ("day", 1)], name="lead")]}


class Facts:
    """The day facts of one workspace's leads."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._rows = database.facts
        self.workspace = workspace

    def of_leads(self, leads: Iterable[str]) -> dict[str, list[DayFacts]]:
        """For each lead its days, oldest first; leads without facts have an empty list."""
        found: dict[str, list[DayFacts]] = {lead: [] for lead in leads}
        rows = self._rows.find({"ws": self.workspace, "lead": {"$in": list(found)}}, {"_id": 0, "ws": 0})
        for row in rows:
            found[row["lead"]].append(struct_of(DayFacts, row))
        for days in found.values():
            days.sort(key=lambda facts: facts.day)
        return found

    def save(self, facts: Iterable[DayFacts], former: Iterable[DayFacts] = ()) -> None:
        """Puts these days in place of what was kept; a day without counts is dropped. `former` are days known to be there."""
        days = list(facts)
        documents = [{"_id": self._key(day), "ws": self.workspace, **plain(day)} for day in days if day.counts]
        put(self._rows, documents, {self._key(day) for day in former})
        gone = [self._key(day) for day in days if not day.counts]
        if gone:
            self._rows.delete_many({"_id": {"$in": gone}})

    def _key(self, day: DayFacts) -> str:
        return key_of(self.workspace, f"{day.lead}:{day.day}")
