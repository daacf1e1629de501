"""The stand-alone tracked links of one workspace."""

from collections.abc import Iterable

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.mail.share_link import ShareLink
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Records


class ShareLinks(Records[ShareLink]):
    """Called by actions."""

    collection = "shares"
    indexes = (IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),)
    kind = ShareLink

    def of_lead(self, lead: str, limit: int = 200) -> list[ShareLink]:
        """Newest first."""
        return self.where({"lead": self._of_lead(lead)}, sort=[("created_at", DESCENDING)], limit=limit)

    def trials(self, links: Iterable[str]) -> frozenset[str]:
        """Those links that set-up made for a rep who tries it. Asks the store only if there are any links."""
        names = set(links)
        return frozenset(link.id for link in self.by_ids(names).values() if link.is_trial) if names else frozenset()

    def ids_of_lead(self, lead: str) -> list[str]:
        """The ids of all links that were made for this lead, without those of leads that were merged with it."""
        return [row["_id"].partition(":")[2] for row in self.rows.find({"ws": self.workspace, "lead": lead}, {"_id": 1})]

    def page(self, lead: str, *, cursor: str | None = None, limit: int = 50) -> Page[ShareLink]:
        """A lead's links, newest first."""
        return page_of(self, {"lead": self._of_lead(lead)}, sort="created_at", descending=True, cursor=cursor, limit=limit)
