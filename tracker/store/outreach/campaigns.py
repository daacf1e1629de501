"""Campaigns and their recipients. Called by actions.outreach."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.outreach.campaign import Campaign, CampaignRecipient, CampaignState, RecipientState
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Records, insert_once, key_of, plain


class Campaigns(Records[Campaign]):
    """The campaigns of the workspace."""

    collection = "campaigns"
    indexes = (
        IndexModel([("ws", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("state", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("ws", ASCENDING)], name="states_of_all"),
    )
    kind = Campaign

    def page(self, rep: str | None = None, *, cursor: str | None = None, limit: int = 50) -> Page[Campaign]:
        """Those of a rep, or (None) all, the latest first."""
        return page_of(self, {"rep": rep} if rep else {}, sort="created_at", descending=True, cursor=cursor, limit=limit)

    def running(self) -> list[Campaign]:
        """Those that are being sent."""
        return self.where({"state": CampaignState.RUNNING.value})

    def switch(self, campaign: str, from_states: Sequence[CampaignState], *, version: int | None = None, **values: object) -> bool:
        """Sets fields if the state still is one of these, and (unless None) the version this one; whether they were set."""
        query: Document = {"_id": key_of(self.workspace, campaign), "state": {"$in": [state.value for state in from_states]}}
        if version is not None:
            query["version"] = version
        changes = {name: plain(value) for name, value in values.items()}
        return self.rows.update_one(query, {"$set": changes, "$inc": {"version": 1}}).matched_count == 1

    def pace(self, campaign: str, rep: str, until: datetime) -> None:
        """Records when a sender may send the next one; leaves `version` as it is."""
        self.rows.update_one({"_id": key_of(self.workspace, campaign)}, {"$set": {f"next_at.{rep}": until}})


class CampaignRecipients(Records[CampaignRecipient]):
    """One document for each lead of a campaign that was started."""

    collection = "campaign_recipients"
    indexes = (
        IndexModel([("ws", ASCENDING), ("campaign", ASCENDING), ("state", ASCENDING), ("position", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("campaign", ASCENDING), ("position", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING)]),
    )
    kind = CampaignRecipient

    def add_once_each(self, found: Sequence[CampaignRecipient]) -> None:
        """Stores new ones; those that exist stay as they are."""
        insert_once(self.rows, [self.document_of(one) for one in found])

    def remove_of(self, campaign: str) -> None:
        """Deletes all of a campaign."""
        self.rows.delete_many({"ws": self.workspace, "campaign": campaign})

    def waiting(self, campaign: str, limit: int) -> list[CampaignRecipient]:
        """Those still to be written to, in their order."""
        return self.where({"campaign": campaign, "state": RecipientState.WAITING.value}, sort=[("position", ASCENDING)], limit=limit)

    def page(self, campaign: str, *, cursor: str | None = None, limit: int = 50) -> Page[CampaignRecipient]:
        """All in their order."""
        return page_of(self, {"campaign": campaign}, sort="position", descending=False, cursor=cursor, limit=limit)

    def counts(self, campaign: str) -> dict[str, int]:
        """How many recipients are in each state."""
        match = {"ws": self.workspace, "campaign": campaign, "state": {"$gt": ""}}
        rows = self.rows.aggregate([{"$match": match}, {"$group": {"_id": "$state", "n": {"$sum": 1}}}])
        return {row["_id"]: row["n"] for row in rows}

    def hand_over(self, recipient: str, rep: str) -> None:
        """Has another rep write to a recipient who waits."""
        query = {"_id": key_of(self.workspace, recipient), "state": RecipientState.WAITING.value}
        self.rows.update_one(query, {"$set": {"rep": rep}})

    def end(self, recipient: str, state: RecipientState, at: datetime, reason: str = "") -> None:
        """Writes what became of a recipient who waited."""
        query = {"_id": key_of(self.workspace, recipient), "state": RecipientState.WAITING.value}
        self.rows.update_one(query, {"$set": {"state": state.value, "reason": reason, "at": at}})
