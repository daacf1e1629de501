"""The moves of one workspace: the log that determines the stage of each lead."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.pipeline.move import Move
from tracker.store.core.records import Records, key_of, replace_or_insert, to_document
from tracker.store.core.stamps import STAMP_INDEX, stamp_leads
from tracker.store.merged_ids import as_asked


class StageMoves(Records[Move]):
    """Called by actions and workers."""

    collection = "moves"
    is_stamped = True
    indexes = (
        STAMP_INDEX,
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("at", ASCENDING)]),
    )
    kind = Move

    def of_lead(self, lead: str) -> list[Move]:
        """Oldest first, withdrawn moves included."""
        return self.where({"lead": self._of_lead(lead)}, sort=[("at", ASCENDING), ("_id", ASCENDING)])

    def of_leads(self, leads: Iterable[str]) -> list[Move]:
        """The moves of several leads in one query, oldest first."""
        ids = self._lead_ids(leads)
        return as_asked(self.where({"lead": {"$in": list(ids)}}, sort=[("at", ASCENDING), ("_id", ASCENDING)]), ids)

    def withdraw(self, moves: Iterable[str], *, is_withdrawn: bool) -> None:
        """Withdraws these moves, or lets them count again."""
        keys = [key_of(self.workspace, move) for move in moves]
        if keys:
            self.rows.update_many({"_id": {"$in": keys}}, {"$set": {"withdrawn": is_withdrawn}})

    def set_before(self, move: str, stage: str) -> None:
        """Sets from which stage the lead came."""
        self.rows.update_one({"_id": key_of(self.workspace, move)}, {"$set": {"before": stage}})

    def remove_many(self, moves: Iterable[str]) -> None:
        """Deletes moves whose lead could not be changed."""
        keys = [key_of(self.workspace, move) for move in moves]
        if keys:
            leads = [row["lead"] for row in self.rows.find({"_id": {"$in": keys}}, {"lead": 1})]
            self.rows.delete_many({"_id": {"$in": keys}})
            stamp_leads(self.rows, self.workspace, leads)

    def since(self, moment: datetime) -> list[Move]:
        """Every move since that moment, oldest first."""
        return self.where({"at": {"$gte": moment}}, sort=[("at", ASCENDING)], limit=10_000)

    def save_rule_moves(self, moves: Iterable[Move], former: Iterable[str] = ()) -> None:
        """Stores the moves that rules decided. Their ids are derived from their cause, so that a repeated decision stores one move.

        `former` names moves that are expected to exist.
        """
        replace_or_insert(self.rows, [to_document(move) for move in moves], {key_of(self.workspace, move) for move in former})
