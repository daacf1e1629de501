"""The consent history of the leads of one workspace: the proof of every state. Rows are never changed."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.leads.consent import ConsentRecord
from tracker.store.core.records import Records


class ConsentHistory(Records[ConsentRecord]):
    """Called by actions.privacy.consents."""

    collection = "consents"
    indexes = (IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("consent.at", DESCENDING), ("_id", DESCENDING)]),)
    kind = ConsentRecord

    def of_lead(self, lead: str, limit: int = 200) -> list[ConsentRecord]:
        """Newest first."""
        return self.where({"lead": lead}, sort=[("consent.at", DESCENDING), ("_id", DESCENDING)], limit=limit)
