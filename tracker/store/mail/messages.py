"""The messages and share links of one workspace."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument, UpdateOne
from pymongo.database import Database

from tracker.domain.mail.message import Message, MessageBrief, MessageState, Reaction
from tracker.domain.mail.share_link import ShareLink
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import BATCH, Document, Records, from_document, key_of, plain

INDEXES = {
    "messages": [
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("campaign", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("state", ASCENDING), ("claimed_at", ASCENDING)]),
    ],
    "shares": [IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)])],
}


class Messages(Records[Message]):
    """The messages of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["messages"], workspace, Message)

    def of_lead(self, lead: str, limit: int = 200) -> list[Message]:
        """Newest first."""
        return self.where({"lead": lead}, sort=[("created_at", DESCENDING)], limit=limit)

    def of_leads(self, leads: list[str]) -> list[Message]:
        """All messages of these leads, oldest first, in one query."""
        return self.where({"lead": {"$in": leads}}, sort=[("created_at", ASCENDING)]) if leads else []

    def briefs_of_leads(self, leads: Iterable[str]) -> list[MessageBrief]:
        """All messages of these leads without their words, oldest first: for workers, in one query."""
        return self._briefs({"lead": {"$in": list(leads)}})

    def briefs(self, messages: Iterable[str]) -> dict[str, MessageBrief]:
        """These messages without their words, by id."""
        keys = [key_of(self.workspace, message) for message in set(messages)]
        return {brief.id: brief for brief in self._briefs({"_id": {"$in": keys}})} if keys else {}

    def _briefs(self, query: Document) -> list[MessageBrief]:
        wanted = dict.fromkeys(("ws", *(name for name in MessageBrief.__struct_fields__ if name not in {"id", "workspace"})), 1)
        rows = self.rows.find({"ws": self.workspace, **query}, wanted, sort=[("created_at", ASCENDING)], batch_size=BATCH)
        return [from_document(row, MessageBrief) for row in rows]

    def page(self, *, lead: str | None = None, campaign: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Message]:
        """Newest first."""
        query = {name: value for name, value in (("lead", lead), ("campaign", campaign)) if value is not None}
        return page_of(self, query, sort="created_at", descending=True, cursor=cursor, limit=limit)

    def claim(self, message: str, *, from_states: tuple[MessageState, ...], to: MessageState, **values: object) -> Message | None:
        """Moves the message on if it still is in one of these states: two senders never send one message twice."""
        query = {"_id": key_of(self.workspace, message), "state": {"$in": [state.value for state in from_states]}}
        update: Document = {"$set": {"state": to.value, **{name: plain(value) for name, value in values.items()}}, "$inc": {"version": 1}}
        update["$currentDate"] = {"claimed_at": True}
        row = self.rows.find_one_and_update(query, update, return_document=ReturnDocument.AFTER)
        return from_document(row, Message) if row else None

    def stuck(self, before: datetime) -> list[Message]:
        """Claimed by a sender before that moment, and still neither sent nor failed."""
        return self.where({"state": MessageState.SENDING.value, "claimed_at": {"$lt": before}}, limit=200)

    def save_reactions(self, reactions: Mapping[str, Reaction]) -> None:
        """Saves what workers derived, by message, in one write. Raises no version."""
        writes = [UpdateOne({"_id": key_of(self.workspace, key)}, {"$set": {"reaction": plain(value)}}) for key, value in reactions.items()]
        if writes:
            self.rows.bulk_write(writes, ordered=False)

    def sent_between(self, start: datetime, end: datetime) -> int:
        """How many were made and sent in that time."""
        return self.count({"created_at": {"$gte": start, "$lt": end}, "sent_at": {"$ne": None}})


class Shares(Records[ShareLink]):
    """The stand-alone tracked links of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["shares"], workspace, ShareLink)

    def of_lead(self, lead: str, limit: int = 200) -> list[ShareLink]:
        """Newest first."""
        return self.where({"lead": lead}, sort=[("created_at", DESCENDING)], limit=limit)

    def page(self, lead: str, *, cursor: str | None = None, limit: int = 50) -> Page[ShareLink]:
        """A lead's links, newest first."""
        return page_of(self, {"lead": lead}, sort="created_at", descending=True, cursor=cursor, limit=limit)
