"""The exchange rates of one workspace."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.base.ids import id_of
from tracker.domain.pipeline.rate import Rate
from tracker.store.core.records import Records, replace_or_insert


class Rates(Records[Rate]):
    """Called by actions and reports. One rate a currency and day."""

    collection = "rates"
    indexes = (IndexModel([("ws", ASCENDING), ("currency", ASCENDING), ("on", DESCENDING)]),)
    kind = Rate

    def id_for(self, currency: str, day: str) -> str:
        """The id of the rate of a currency on a day (ISO date)."""
        return id_of(self.workspace, "rate", currency, day)

    def put(self, rate: Rate) -> None:
        """Stores a rate in place of the one of that day."""
        replace_or_insert(self.rows, [self.document_of(rate)], ())

    def all(self) -> list[Rate]:
        """By currency, newest first."""
        return self.where({}, sort=[("currency", ASCENDING), ("on", DESCENDING)])
