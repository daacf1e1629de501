"""The snippets of one workspace."""

from pymongo import ASCENDING, IndexModel

from tracker.domain.mail.snippet import Snippet
from tracker.store.core.records import Records


class Snippets(Records[Snippet]):
    """Called by actions."""

    collection = "snippets"
    indexes = (IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("name", ASCENDING)]),)
    kind = Snippet

    def of_reps(self, *reps: str | None) -> list[Snippet]:
        """The snippets of these reps (None: those that the workspace shares), by name."""
        return self.where({"rep": {"$in": list(reps)}}, sort=[("name", ASCENDING)])
