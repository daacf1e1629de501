"""Claims: which browser presented which landing token, and which lead sent a form in it. The evidence from which identity is derived."""

from collections.abc import Iterable

from pymongo import IndexModel

from tracker.rules.identity import Claim
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH, insert_once, key_of
from tracker.store.core.repository import WorkspaceRepository


class Claims(WorkspaceRepository):
    """One document per landing event. Called by workers."""

    collection = "claims"
    indexes = (
        IndexModel([("ws", 1), ("visitor", 1)], name="visitor"),
        IndexModel([("ws", 1), ("click", 1)], name="click"),
        IndexModel([("ws", 1), ("lead", 1)], partialFilterExpression={"lead": {"$exists": True}}, name="lead"),
    )

    def add(self, claims: Iterable[Claim]) -> None:
        """Stores claims, each once."""
        of_event = {claim.event: claim for claim in claims}
        insert_once(self.rows, [self._document(claim) for claim in of_event.values()])

    def of_visitors(self, visitors: Iterable[str]) -> list[Claim]:
        """All claims that these visitors made."""
        return self._where({"visitor": {"$in": sorted(set(visitors))}})

    def on_clicks(self, clicks: Iterable[str]) -> list[Claim]:
        """All claims on these clicks, by any visitor."""
        return self._where({"click": {"$in": sorted(set(clicks))}})

    def _document(self, claim: Claim) -> Document:
        values = {"ws": self.workspace, "visitor": claim.visitor, "click": claim.click, "at": claim.at}
        more = {name: value for name, value in (("device", claim.device), ("lead", claim.lead)) if value}
        return {"_id": key_of(self.workspace, claim.event), **values} | more

    def _where(self, query: Document) -> list[Claim]:
        rows = self.rows.find({"ws": self.workspace, **query}, batch_size=BATCH)
        return [
            Claim(
                event=r["_id"].partition(":")[2],
                visitor=r["visitor"],
                click=r["click"],
                at=r["at"],
                device=r.get("device", ""),
                lead=r.get("lead"),
            )
            for r in rows
        ]
