"""The consent history of the leads of one workspace: the proof of every state. Only whether a row is void changes."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.leads.consent import ConsentRecord
from tracker.store.core.records import Records, key_of


class ConsentHistory(Records[ConsentRecord]):
    """Called by actions.privacy.consents."""

    collection = "consents"
    indexes = (IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("consent.at", DESCENDING), ("_id", DESCENDING)]),)
    kind = ConsentRecord

    def of_lead(self, lead: str, limit: int = 200) -> list[ConsentRecord]:
        """Newest first."""
        return self.where({"lead": lead}, sort=[("consent.at", DESCENDING), ("_id", DESCENDING)], limit=limit)

    def of_leads(self, leads: Iterable[str]) -> list[ConsentRecord]:
        """Newest first."""
        wanted = list(leads)
        return self.where({"lead": {"$in": wanted}}, sort=[("consent.at", DESCENDING), ("_id", DESCENDING)]) if wanted else []

    def set_void(self, record: str, since: datetime | None) -> None:
        """Says since when the record does not count; None: it counts."""
        self.rows.update_one({"_id": key_of(self.workspace, record)}, {"$set": {"void_since": since}})
