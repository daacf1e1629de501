"""Copies of relayed mails for recipients that are not leads, of all workspaces. One mailbox sends one at a time. Called by actions."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from tracker.domain.mail.accepted_mail import CopyState, RelayedCopy
from tracker.store.core.client import Document
from tracker.store.core.records import aware, from_document, insert_once, key_of, plain, to_document
from tracker.store.core.repository import Repository, ids_of
from tracker.store.mail.mail_queue import MAIL_LEASE, Mailbox

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Earlier than any due time: queries name it, so that MongoDB knows that the partial index answers them."""
_ORDER = [("next_try_at", ASCENDING)]


class RelayedCopies(Repository):
    """A delivered copy is removed; one that failed stays for 30 days, so that its sender sees it."""

    collection = "relayed_copies"
    indexes = (
        IndexModel(
            [("next_try_at", ASCENDING), ("ws", ASCENDING), ("mailbox", ASCENDING)],
            name="send",
            partialFilterExpression={"next_try_at": {"$gt": _EPOCH}},
        ),
        IndexModel([("ws", ASCENDING), ("mail", ASCENDING)], name="mail"),
        IndexModel([("ws", ASCENDING), ("mailbox", ASCENDING), ("state", ASCENDING)], name="mailbox"),
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("state", ASCENDING), ("wanted_at", DESCENDING)], name="rep"),
        IndexModel([("failed_at", ASCENDING)], name="expiry", expireAfterSeconds=30 * 86400),
    )

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the copies of one workspace."""
        return ids_of(workspace)

    def add(self, copies: Iterable[RelayedCopy]) -> None:
        """Stores copies that do not exist yet."""
        insert_once(self.rows, [to_document(copy) for copy in copies])

    def find(self, workspace: str, copy: str) -> RelayedCopy | None:
        """The copy, unless it was delivered."""
        row = self.rows.find_one({"_id": key_of(workspace, copy)})
        return from_document(row, RelayedCopy) if row else None

    def claim(self, now: datetime, *, skip: Iterable[Mailbox] = ()) -> RelayedCopy | None:
        """Claims the copy of any other mailbox that has been due longest. An expired lease is due again."""
        was_interrupted = {"$eq": ["$state", CopyState.SENDING.value]}
        changes: Document = {
            "state": CopyState.SENDING.value,
            "next_try_at": now + MAIL_LEASE,
            "tries": {"$add": ["$tries", 1]},
            "may_be_duplicate": {"$or": ["$may_be_duplicate", was_interrupted]},
        }
        query = {"next_try_at": {"$gt": _EPOCH, "$lte": now}, **_not_of(skip)}
        row = self.rows.find_one_and_update(query, [{"$set": changes}], sort=_ORDER, return_document=ReturnDocument.AFTER)
        return from_document(row, RelayedCopy) if row else None

    def finish(self, copy: RelayedCopy, **values: object) -> None:
        """Writes the result of a try, unless another one has begun since."""
        query = {"_id": key_of(copy.workspace, copy.id), "state": CopyState.SENDING.value, "tries": copy.tries}
        self.rows.update_one(query, {"$set": {name: plain(value) for name, value in values.items()}})

    def delivered(self, copy: RelayedCopy) -> None:
        """Removes a copy that the mail server accepted."""
        self.rows.delete_one({"_id": key_of(copy.workspace, copy.id)})

    def hold(self, mailbox: Mailbox, until: datetime) -> None:
        """Delays the waiting copies of a mailbox whose server is unavailable."""
        query = {"ws": mailbox.workspace, "mailbox": mailbox.address, "state": CopyState.QUEUED.value, "next_try_at": {"$lt": until}}
        self.rows.update_many(query, {"$set": {"next_try_at": until}})

    def next_due(self, *, skip: Iterable[Mailbox] = ()) -> datetime | None:
        """When the next copy of any other mailbox is due, or a lease expires; may be in the past."""
        row = self.rows.find_one({"next_try_at": {"$gt": _EPOCH}, **_not_of(skip)}, {"next_try_at": 1}, sort=_ORDER)
        return aware(row["next_try_at"]) if row else None

    def is_open(self, workspace: str, mail: str) -> bool:
        """Whether any copy of the mail still waits."""
        query = {"ws": workspace, "mail": mail, "state": {"$ne": CopyState.FAILED.value}}
        return self.rows.find_one(query, {"_id": 1}) is not None

    def failed_of_rep(self, workspace: str, rep: str, limit: int = 50) -> list[RelayedCopy]:
        """The rep's copies that were not delivered, newest first."""
        query = {"ws": workspace, "rep": rep, "state": CopyState.FAILED.value}
        return [from_document(row, RelayedCopy) for row in self.rows.find(query, sort=[("wanted_at", DESCENDING)], limit=limit)]


def _not_of(mailboxes: Iterable[Mailbox]) -> Document:
    others = [{"ws": mailbox.workspace, "mailbox": mailbox.address} for mailbox in mailboxes]
    return {"$nor": others} if others else {}
