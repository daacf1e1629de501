"""Pairs of leads that may be the same person. Called by actions.leads."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel, UpdateOne

from tracker.domain.leads.duplicate_pair import DuplicatePair
from tracker.store.core.records import Records, key_of, plain


class DuplicatePairs(Records[DuplicatePair]):
    """One document for each pair; a dismissal stays."""

    collection = "duplicate_pairs"
    indexes = (
        IndexModel([("ws", ASCENDING), ("leads", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("lead_import", ASCENDING), ("_id", ASCENDING)], sparse=True),
    )
    kind = DuplicatePair

    def of_lead(self, lead: str, limit: int = 200) -> list[DuplicatePair]:
        """The pairs of a lead, dismissed ones too."""
        return self.where({"leads": lead}, limit=limit)

    def of_import(self, lead_import: str, limit: int = 200) -> list[DuplicatePair]:
        """Those that an import found and no one dismissed, in the order of their ids."""
        return self.where({"lead_import": lead_import, "dismissed_at": None}, sort=[("_id", ASCENDING)], limit=limit)

    def dismiss(self, pairs: Sequence[DuplicatePair], at: datetime, rep: str | None) -> None:
        """Notes that these are two persons each."""
        values = {"dismissed_at": plain(at), "dismissed_by": rep}
        writes = []
        for pair in pairs:
            made = {name: value for name, value in self.document_of(pair).items() if name not in {*values, "_id", "version"}}
            update = {"$set": values, "$setOnInsert": made, "$inc": {"version": 1}}
            writes.append(UpdateOne({"_id": key_of(self.workspace, pair.id)}, update, upsert=True))
        if writes:
            self.rows.bulk_write(writes, ordered=False)

    def dismissed(self, pairs: Iterable[str]) -> set[str]:
        """The ids of those that were dismissed."""
        return {key for key, pair in self.by_ids(pairs).items() if pair.dismissed_at}
