"""The watched pages of one workspace: pages whose views cause an alert, for a rep or for the team."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.alerting.watched_page import WatchedPage
from tracker.store.core.records import Records, plain


class WatchedPages(Records[WatchedPage]):
    """One document for each page and rep. Called by actions and workers."""

    collection = "watched_pages"
    indexes = (IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("name", ASCENDING)]),)
    kind = WatchedPage

    def active(self, *reps: str | None) -> list[WatchedPage]:
        """The pages that these reps (None: the team) want alerts about now, by name."""
        return self.where({"rep": {"$in": list(reps)}, "is_active": True}, sort=[("name", ASCENDING)])

    def all_active(self) -> list[WatchedPage]:
        """The pages that anyone in the workspace wants alerts about now."""
        return self.where({"is_active": True})

    def for_owners(self, owners: Iterable[str]) -> dict[str | None, list[WatchedPage]]:
        """The pages of these reps and of the team, stopped ones included, by rep, in one query."""
        found: dict[str | None, list[WatchedPage]] = {}
        for page in self.where({"rep": {"$in": [None, *owners]}}):
            found.setdefault(page.rep, []).append(page)
        return found

    def forget_stopped(self, rep: str | None, before: datetime) -> None:
        """Deletes the pages of the rep, or of the team, that were stopped before that moment."""
        self.rows.delete_many({"ws": self.workspace, "rep": rep, "is_active": False, "changed_at": {"$lt": plain(before)}})
