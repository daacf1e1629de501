"""The UTC days of which a visit without lead was removed or got a lead: what is gone has no stamp. Written with visits."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import UpdateOne
from pymongo.database import Database

from tracker.rules.reports.activity_facts import day_name
from tracker.store.core.client import Document
from tracker.store.core.records import key_of
from tracker.store.core.repository import WorkspaceRepository
from tracker.store.core.stamps import STAMP_INDEX, stamped


class VisitDays(WorkspaceRepository):
    """One document for each such day, with a stamp and nothing else."""

    collection = "visit_days"
    is_in_backup = False
    is_stamped = True
    indexes = (STAMP_INDEX,)


def stamp_days(database: Database[Document], workspace: str, moments: Iterable[datetime]) -> None:
    """Stamps the days of these moments."""
    changes = [
        UpdateOne({"_id": key_of(workspace, day)}, stamped({"$set": {"ws": workspace}}), upsert=True)
        for day in sorted(set(map(day_name, moments)))
    ]
    if changes:
        database["visit_days"].bulk_write(changes, ordered=False)
