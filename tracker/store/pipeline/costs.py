"""The costs of one workspace."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.pipeline.cost import Cost
from tracker.store.core.records import Records


class Costs(Records[Cost]):
    """Called by actions and reports."""

    collection = "costs"
    indexes = (IndexModel([("ws", ASCENDING), ("first_day", DESCENDING), ("_id", DESCENDING)]),)
    kind = Cost

    def all(self) -> list[Cost]:
        """Newest first."""
        return self.where({}, sort=[("first_day", DESCENDING), ("_id", DESCENDING)])
