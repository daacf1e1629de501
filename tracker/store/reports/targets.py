"""The targets of one workspace. Called by actions."""

from pymongo import ASCENDING, IndexModel

from tracker.domain.reports.target import Target
from tracker.store.core.records import Records


class Targets(Records[Target]):
    """One document for each target."""

    collection = "targets"
    indexes = (IndexModel([("ws", ASCENDING), ("created_at", ASCENDING)]),)
    kind = Target

    def all(self) -> list[Target]:
        """Oldest first."""
        return self.where({}, sort=[("created_at", ASCENDING)])
