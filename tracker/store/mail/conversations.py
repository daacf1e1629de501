"""The conversations of one workspace that leads have replied in: the rows of the inbox."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.mail.conversation import Conversation
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Records, key_of, to_document

_MOST_IDS = 20
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEWEST_FIRST = [("replied_at", DESCENDING), ("_id", DESCENDING)]
_LATEST = ("message", "rep", "subject", "reply", "replied_at")
"""What the last reply decides."""


class Conversations(Records[Conversation]):
    """Called by actions. Replies and answers may be told in any order: both keep the latest time, from which the state follows."""

    collection = "conversations"
    indexes = (
        IndexModel([("ws", ASCENDING), *_NEWEST_FIRST]),
        IndexModel([("ws", ASCENDING), ("is_open", ASCENDING), *_NEWEST_FIRST]),
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("is_open", ASCENDING), *_NEWEST_FIRST]),
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING), *_NEWEST_FIRST]),
        IndexModel([("ws", 1), ("message_ids", 1)], partialFilterExpression={"message_ids": {"$gt": ""}}, name="message_ids"),
    )
    kind = Conversation

    def page(
        self,
        *,
        rep: str | None = None,
        is_open: bool | None = None,
        leads: Collection[str] | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Conversation]:
        """Those of a rep's emails, those that wait or do not wait for an answer, or those with some leads; the latest reply first."""
        query: Document = {name: value for name, value in (("rep", rep), ("is_open", is_open)) if value is not None}
        if rep is not None and is_open is None:
            query["is_open"] = {"$in": [False, True]}  # both ranges of one index
        if leads is not None:
            query["lead"] = {"$in": sorted(self._lead_ids(leads))}
        return page_of(self, query, sort="replied_at", descending=True, cursor=cursor, limit=limit)

    def of_lead(self, lead: str, limit: int = 200) -> list[Conversation]:
        """The latest reply first."""
        return self.where({"lead": self._of_lead(lead)}, sort=_NEWEST_FIRST, limit=limit)

    def with_message_ids(self, message_ids: Iterable[str]) -> list[Conversation]:
        """Those with a reply that has one of these Message-IDs."""
        wanted = sorted(set(message_ids) - {""})
        return self.where({"message_ids": {"$in": wanted, "$gt": ""}}, limit=_MOST_IDS) if wanted else []

    def replied(self, reply: Conversation) -> None:
        """Adds a reply: to the conversation with the id of `reply`, which has the values of that reply. Repeating it changes nothing."""
        self._check_workspace(reply)
        document = to_document(reply)
        is_later: Document = {"$gt": [document["replied_at"], {"$ifNull": ["$replied_at", _NEVER]}]}
        values: Document = {name: _either(is_later, document[name], f"${name}") for name in _LATEST}
        known = {"$ifNull": ["$message_ids", []]}
        fresh = {"$filter": {"input": {"$literal": document["message_ids"]}, "cond": {"$not": [{"$in": ["$$this", known]}]}}}
        values |= {
            "ws": reply.workspace,
            "lead": reply.lead,
            "thread": reply.thread,
            "message_ids": {"$slice": [{"$concatArrays": [known, fresh]}, -_MOST_IDS]},
            "answered_at": {"$ifNull": ["$answered_at", None]},
            "is_unread": _either(is_later, document["is_unread"], "$is_unread"),
            "version": {"$ifNull": ["$version", 0]},
        }
        self.rows.update_one({"_id": document["_id"]}, [{"$set": values}, _STATE], upsert=True)

    def answered(self, conversations: Iterable[str], at: datetime) -> None:
        """The company answered at that time: replies up to then wait no longer."""
        keys = [key_of(self.workspace, conversation) for conversation in conversations]
        latest: Document = {"$set": {"answered_at": {"$max": ["$answered_at", at]}}}
        if keys:
            self.rows.update_many({"_id": {"$in": keys}}, [latest, _STATE])

    def reopen(self, conversation: str) -> None:
        """Its last reply waits for an answer again."""
        self.rows.update_one({"_id": key_of(self.workspace, conversation)}, {"$set": {"answered_at": None, "is_open": True}})

    def set_read(self, conversation: str, *, reply: str, is_read: bool) -> None:
        """Marks it as read or unread, if `reply` still is its last reply."""
        query = {"_id": key_of(self.workspace, conversation), "reply": reply}
        self.rows.update_one(query, {"$set": {"is_unread": not is_read}})


_STATE: Document = {"$set": {"is_open": {"$gt": ["$replied_at", {"$ifNull": ["$answered_at", _NEVER]}]}}}


def _either(condition: Document, given: Any, stored: str) -> Document:
    return {"$cond": [condition, {"$literal": given}, stored]}
