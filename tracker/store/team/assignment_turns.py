"""Whose turn it is to get a lead, for each team. Called by actions.assignment."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from tracker.base.errors import Conflict
from tracker.store.core.records import key_of
from tracker.store.core.repository import WorkspaceRepository

_TRIES = 200


class AssignmentTurns(WorkspaceRepository):
    """One document for each round: how many turns were taken, and the last turn of each rep by id."""

    collection = "assignment_turns"

    def take(self, turns: str, reps: Sequence[str], count: int = 1) -> list[str]:
        """The reps of the next turns: each time the one whose last turn is longest ago, else the first in order.

        Two processes never take the same turn. A rep who was away gets no more than the others when coming back. Raises Conflict if
        other processes are always first.
        """
        key = key_of(self.workspace, turns)
        for _ in range(_TRIES):
            known = self.rows.find_one({"_id": key})
            number = known["taken"] if known else 0
            last: dict[str, int] = dict(known["last"]) if known else {}
            taken = [_next(reps, last, number + step) for step in range(1, count + 1)]
            values = {"taken": number + count, "last": last, "ws": self.workspace}
            try:
                # The number is part of the query: if another process took a turn since, this one reads again.
                if self.rows.update_one({"_id": key, "taken": number}, {"$set": values}, upsert=known is None).matched_count or not known:
                    return taken
            except DuplicateKeyError:
                continue
        raise Conflict("many leads are being assigned at once; try again")


def _next(reps: Sequence[str], last: dict[str, int], number: int) -> str:
    chosen = min(reps, key=lambda rep: last.get(rep, 0))
    last[chosen] = number
    return chosen
