"""Which leads and days of visits changed, as the stamps of one workspace's records say. Called by actions.reports."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bson.timestamp import Timestamp
from pymongo import DESCENDING
from pymongo.database import Database

from tracker.rules.reports.activity_facts import day_name
from tracker.store.core.client import Document
from tracker.store.core.records import aware
from tracker.store.core.stamps import STAMP, since
from tracker.store.merged_ids import hidden_in

_OF_LEADS = ("moves", "sales", "inquiries", "alerts", "notes", "tasks", "messages", "visits")
_COLLECTIONS = ("leads", "report_remains", "visit_days", "companies", *_OF_LEADS)


@dataclass(frozen=True, slots=True)
class ReportChange:
    """A record that was written. `lead`: a day for a visit without lead; None for a company."""

    collection: str
    record: str
    lead: str | None
    stamp: Timestamp


@dataclass(slots=True)
class ReportChanges:
    """What was written since a stamp, by record."""

    of: dict[tuple[str, str], ReportChange] = field(default_factory=dict)

    def since(self, earlier: "ReportChanges") -> list[ReportChange]:
        """Those that `earlier` does not hold with the same stamp."""
        return [change for key, change in self.of.items() if (known := earlier.of.get(key)) is None or known.stamp != change.stamp]

    def newest(self, otherwise: Timestamp) -> Timestamp:
        """The last stamp."""
        return max((change.stamp for change in self.of.values()), default=otherwise)


class StampReader:
    """Reads the stamps of a workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        self._database, self._workspace = database, workspace

    def newest(self) -> Timestamp:
        """The last stamp of all; 0 where nothing is stamped."""
        found: Iterable[Document | None] = [
            self._database[name].find_one({"ws": self._workspace, STAMP: {"$gte": Timestamp(0, 0)}}, {STAMP: 1}, sort=[(STAMP, DESCENDING)])
            for name in _COLLECTIONS
        ]
        return max((row[STAMP] for row in found if row), default=Timestamp(0, 0))

    def changes(self, stamp: Timestamp) -> ReportChanges:
        """What was written since about then."""
        found = ReportChanges()
        for name in _COLLECTIONS:
            fields = {STAMP: 1, "lead": 1, "started_at": 1} if name in _OF_LEADS else {STAMP: 1}
            for row in self._database[name].find(since(self._workspace, stamp), fields, batch_size=10_000):
                record = row["_id"].partition(":")[2]
                lead = _lead(name, row, record)
                found.of[name, record] = ReportChange(name, record, lead, row[STAMP])
        for row in self._database["leads"].find(since(hidden_in(self._workspace), stamp), {STAMP: 1}, batch_size=10_000):
            record = row["_id"].partition(":")[2]
            found.of["merged", record] = ReportChange("merged", record, record, row[STAMP])
        return found


def _lead(collection: str, row: Document, record: str) -> str | None:
    if collection == "companies":
        return None
    if collection == "visits":
        return row.get("lead") or day_name(aware(row["started_at"]))
    lead: str = row.get("lead", record)
    return lead
