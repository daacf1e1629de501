"""Daily facts: what a lead did on one local day, by scoring rule. Derived; recomputed from the events of that day."""

from collections.abc import Iterable

from pymongo import IndexModel

from tracker.domain.pipeline.score import DayFacts
from tracker.rules.scoring.daily_facts import joined
from tracker.store.activity.event_codec import struct_of
from tracker.store.core.records import key_of, plain, replace_or_insert
from tracker.store.core.repository import WorkspaceRepository


class DailyFacts(WorkspaceRepository):
    """The daily facts of one workspace's leads. Called by workers."""

    collection = "facts"
    indexes = (IndexModel([("ws", 1), ("lead", 1), ("day", 1)], name="lead"),)

    def of_leads(self, leads: Iterable[str]) -> dict[str, list[DayFacts]]:
        """The days of each lead, oldest first, with those of leads that were merged with it; leads without facts have an empty list."""
        wanted = list(leads)
        ids = self._lead_ids(wanted)
        found: dict[str, list[DayFacts]] = {lead: [] for lead in wanted}
        for lead, days in self.stored_of(ids).items():
            found[ids[lead]] += days
        return {lead: joined(lead, days) for lead, days in found.items()}

    def stored_of(self, leads: Iterable[str]) -> dict[str, list[DayFacts]]:
        """The days of each of these ids as they are stored, oldest first; leads without facts have an empty list."""
        found: dict[str, list[DayFacts]] = {lead: [] for lead in leads}
        rows = self.rows.find({"ws": self.workspace, "lead": {"$in": list(found)}}, {"_id": 0, "ws": 0})
        for row in rows:
            found[row["lead"]].append(struct_of(DayFacts, row))
        for days in found.values():
            days.sort(key=lambda facts: facts.day)
        return found

    def save(self, facts: Iterable[DayFacts], former: Iterable[DayFacts] = ()) -> None:
        """Replaces the facts of these days; a day without anything is deleted. `former` holds days that are expected to exist."""
        days = list(facts)
        documents = [{"_id": self._key(day), "ws": self.workspace, **plain(day)} for day in days if day.counts or day.touches]
        replace_or_insert(self.rows, documents, {self._key(day) for day in former})
        gone = [self._key(day) for day in days if not (day.counts or day.touches)]
        if gone:
            self.rows.delete_many({"_id": {"$in": gone}})

    def _key(self, day: DayFacts) -> str:
        return key_of(self.workspace, f"{day.lead}:{day.day}")
