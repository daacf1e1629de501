"""The moves of one workspace: the log from which each lead's stage follows."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from tracker.domain.pipeline.move import Move
from tracker.store.core.records import Document, Records, key_of, put, to_document

INDEXES = {
    "moves": [
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("at", ASCENDING)]),
    ]
}


class Moves(Records[Move]):
    """The moves of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["moves"], workspace, Move)

    def of_lead(self, lead: str) -> list[Move]:
        """Oldest first, withdrawn ones too."""
        return self.where({"lead": lead}, sort=[("at", ASCENDING), ("_id", ASCENDING)])

    def of_leads(self, leads: Iterable[str]) -> list[Move]:
        """Of several leads in one query, oldest first."""
        return self.where({"lead": {"$in": list(leads)}}, sort=[("at", ASCENDING), ("_id", ASCENDING)])

    def since(self, moment: datetime) -> list[Move]:
        """Everything that moved since, oldest first."""
        return self.where({"at": {"$gte": moment}}, sort=[("at", ASCENDING)], limit=10_000)

    def save_rule_moves(self, moves: Iterable[Move], former: Iterable[str] = ()) -> None:
        """Puts the moves that rules decided: their ids come from their cause, so that deciding twice moves once.

        `former` names moves that are known to be there.
        """
        put(self.rows, [to_document(move) for move in moves], {key_of(self.workspace, move) for move in former})
