"""The mail queue: messages of all workspaces that are to be sent. One mailbox sends one message at a time. Called by actions and notifier."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pymongo import ASCENDING, IndexModel, ReturnDocument

from tracker.domain.mail.message import Message, MessageState
from tracker.store.core.client import Document
from tracker.store.core.records import aware, from_document, key_of, plain
from tracker.store.core.repository import Repository

MAIL_LEASE = timedelta(seconds=90)
"""A claimed message whose process died is due again after this; longer than a try and the writing of its result take."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Earlier than any due time: queries name it, so that MongoDB knows that the partial indexes answer them."""
_OPEN = [MessageState.QUEUED.value, MessageState.SCHEDULED.value, MessageState.SENDING.value]
_ORDER = [("next_try_at", ASCENDING)]
_MOST_UNFINISHED = 200


class Mailbox(NamedTuple):
    """The address that sends, in its workspace."""

    workspace: str
    address: str


class MailQueue(Repository):
    """The rows of `Messages`, across workspaces."""

    collection = "messages"
    indexes = (
        IndexModel(
            [("next_try_at", ASCENDING), ("ws", ASCENDING), ("mailbox", ASCENDING), ("state", ASCENDING)],
            name="send",
            partialFilterExpression={"next_try_at": {"$gt": _EPOCH}},
        ),
        IndexModel(
            [("ws", ASCENDING), ("mailbox", ASCENDING), ("state", ASCENDING), ("next_try_at", ASCENDING)],
            name="send_mailbox",
            partialFilterExpression={"next_try_at": {"$gt": _EPOCH}},
        ),
        IndexModel(
            [("ws", ASCENDING), ("mailbox", ASCENDING), ("sent_at", ASCENDING)],
            name="sent_mailbox",
            partialFilterExpression={"mailbox": {"$gt": ""}},
        ),
    )

    def claim(self, now: datetime, *, skip: Iterable[Mailbox] = ()) -> Message | None:
        """Claims the message of any other mailbox that has been due longest."""
        return self._claim({"state": {"$in": _OPEN}, "next_try_at": _due(now), **_not_of(skip)}, now)

    def claim_one(self, workspace: str, message: str, now: datetime) -> Message | None:
        """Claims this message if it is due."""
        return self._claim({"_id": key_of(workspace, message), "state": {"$in": _OPEN}, "next_try_at": _due(now)}, now)

    def _claim(self, query: Document, now: datetime) -> Message | None:
        """Counts the try. An expired lease is due again: its process may have died after the server accepted the message."""
        was_interrupted = {"$eq": ["$state", MessageState.SENDING.value]}
        changes: Document = {
            "state": MessageState.SENDING.value,
            "next_try_at": now + MAIL_LEASE,
            "tries": {"$add": [{"$ifNull": ["$tries", 0]}, 1]},
            "was_interrupted": was_interrupted,
            "may_be_duplicate": {"$or": [{"$ifNull": ["$may_be_duplicate", False]}, was_interrupted]},
            "version": {"$add": ["$version", 1]},
        }
        row = self.rows.find_one_and_update(query, [{"$set": changes}], sort=_ORDER, return_document=ReturnDocument.AFTER)
        return from_document(row, Message) if row else None

    def is_busy(self, mailbox: Mailbox, now: datetime) -> bool:
        """Whether another message of the mailbox is being sent."""
        query = {**_of(mailbox), "state": MessageState.SENDING.value, "next_try_at": {"$gt": max(now, _EPOCH)}}
        return self.rows.find_one(query, {"_id": 1}) is not None

    def hold(self, mailbox: Mailbox, until: datetime) -> None:
        """Delays the waiting messages of a mailbox whose server is unavailable."""
        waiting = [MessageState.QUEUED.value, MessageState.SCHEDULED.value]
        query = {**_of(mailbox), "state": {"$in": waiting}, "next_try_at": _due(until)}
        self.rows.update_many(query, {"$set": {"next_try_at": until}})

    def finish(self, message: Message, **values: object) -> Message | None:
        """Writes the result of a try, unless another try has begun since. Returns the message as it is now."""
        query = {"_id": key_of(message.workspace, message.id), "state": MessageState.SENDING.value, "tries": message.tries}
        changes = {name: plain(value) for name, value in values.items()}
        row = self.rows.find_one_and_update(query, {"$set": changes, "$inc": {"version": 1}}, return_document=ReturnDocument.AFTER)
        return from_document(row, Message) if row else None

    def unfinished(self, now: datetime) -> list[Message]:
        """Messages whose sending process died after the server's answer was stored and before its event was recorded."""
        query = {"state": MessageState.SENT.value, "next_try_at": _due(now)}
        return [from_document(row, Message) for row in self.rows.find(query, sort=_ORDER, limit=_MOST_UNFINISHED)]

    def close(self, message: Message) -> None:
        """Nothing remains to be done for a sent message."""
        query = {"_id": key_of(message.workspace, message.id), "state": MessageState.SENT.value}
        self.rows.update_one(query, {"$set": {"next_try_at": None}})

    def waiting_of(self, mailbox: Mailbox, rep: str) -> list[str]:
        """The ids of the rep's messages that wait in this mailbox."""
        waiting = [MessageState.QUEUED.value, MessageState.SCHEDULED.value]
        query = {**_of(mailbox), "state": {"$in": waiting}, "next_try_at": {"$gt": _EPOCH}, "rep": rep}
        return [row["_id"].partition(":")[2] for row in self.rows.find(query, {"_id": 1})]

    def sent_since(self, mailbox: Mailbox, since: datetime, limit: int) -> int:
        """How many messages the mailbox sent since then, counted up to `limit`."""
        return self.rows.count_documents({**_of(mailbox), "sent_at": {"$gte": since}}, limit=max(limit, 1))

    def next_due(self, *, skip: Iterable[Mailbox] = ()) -> datetime | None:
        """When the next message of any other mailbox is due, or a lease expires; may be in the past."""
        query = {"state": {"$in": _OPEN}, "next_try_at": {"$gt": _EPOCH}, **_not_of(skip)}
        row = self.rows.find_one(query, {"next_try_at": 1}, sort=_ORDER)
        return aware(row["next_try_at"]) if row else None

    def counts(self) -> dict[str, int]:
        """How many messages wait or are being sent, by state; states without messages are left out."""
        pipeline: list[Document] = [
            {"$match": {"state": {"$in": _OPEN}, "next_try_at": {"$gt": _EPOCH}}},
            {"$group": {"_id": "$state", "n": {"$sum": 1}}},
        ]
        return {row["_id"]: row["n"] for row in self.rows.aggregate(pipeline)}

    def is_due(self, now: datetime) -> bool:
        """Whether anything can be done now."""
        return self.rows.find_one({"next_try_at": _due(now)}, {"_id": 1}) is not None


def _due(now: datetime) -> Document:
    return {"$gt": _EPOCH, "$lte": now}


def _of(mailbox: Mailbox) -> Document:
    return {"ws": mailbox.workspace, "mailbox": mailbox.address}


def _not_of(mailboxes: Iterable[Mailbox]) -> Document:
    others = [_of(mailbox) for mailbox in mailboxes]
    return {"$nor": others} if others else {}
