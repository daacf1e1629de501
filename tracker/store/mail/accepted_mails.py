"""Mails that the relay accepted, of all workspaces, until all their recipients are done. Called by actions.mail_relay."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from pymongo import ASCENDING, IndexModel, ReturnDocument

from tracker.domain.mail.accepted_mail import AcceptedMail
from tracker.store.core.client import Document
from tracker.store.core.records import aware, from_document, key_of, to_document
from tracker.store.core.repository import Repository, ids_of

_MOST_SHOWN = 20
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class AcceptedMails(Repository):
    """Their bytes are in `MailBytes`."""

    collection = "accepted_mails"
    indexes = (IndexModel([("due_at", ASCENDING), ("is_routed", ASCENDING)]),)

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the mails of one workspace."""
        return ids_of(workspace)

    def add(self, mail: AcceptedMail) -> AcceptedMail:
        """Stores a mail that was accepted now."""
        self.rows.insert_one(to_document(mail))
        return mail

    def find(self, workspace: str, mail: str) -> AcceptedMail | None:
        """The mail, unless all its recipients are done."""
        row = self.rows.find_one({"_id": key_of(workspace, mail)})
        return from_document(row, AcceptedMail) if row else None

    def claim(self, now: datetime, lease: timedelta, *, is_routed: bool) -> AcceptedMail | None:
        """The mail that has been due longest, now due again after the lease."""
        query = {"due_at": {"$lte": now}, "is_routed": is_routed}
        row = self.rows.find_one_and_update(
            query, {"$set": {"due_at": now + lease}}, sort=[("due_at", ASCENDING)], return_document=ReturnDocument.AFTER
        )
        return from_document(row, AcceptedMail) if row else None

    def look_again(self, mail: AcceptedMail, at: datetime) -> None:
        """Some recipients are not done."""
        self.rows.update_one({"_id": key_of(mail.workspace, mail.id)}, {"$set": {"due_at": at}})

    def failed(self, mail: AcceptedMail, at: datetime, error: str) -> None:
        """The routing failed, and is tried again then."""
        values = {"due_at": at, "error": error, "tries": mail.tries + 1}
        self.rows.update_one({"_id": key_of(mail.workspace, mail.id), "is_routed": False}, {"$set": values})

    def unrouted_of_rep(self, workspace: str, rep: str) -> list[AcceptedMail]:
        """Those of the rep whose routing failed, the oldest first."""
        rows = self.rows.find({**ids_of(workspace), "rep": rep, "tries": {"$gt": 0}, "is_routed": False}, limit=_MOST_SHOWN)
        return [from_document(row, AcceptedMail) for row in rows]

    def retry(self, workspace: str, rep: str, now: datetime) -> None:
        """Makes the mails due of the rep whose routing failed."""
        self.rows.update_many({**ids_of(workspace), "rep": rep, "tries": {"$gt": 0}, "is_routed": False}, {"$set": {"due_at": now}})

    def routed(self, mail: AcceptedMail, next_look: datetime) -> None:
        """Messages and copies were made of the mail."""
        self.rows.update_one({"_id": key_of(mail.workspace, mail.id)}, {"$set": {"is_routed": True, "due_at": next_look}})

    def remove(self, mail: AcceptedMail) -> None:
        """Removes a mail whose recipients are done."""
        self.rows.delete_one({"_id": key_of(mail.workspace, mail.id)})

    def next_due(self) -> datetime | None:
        """When the next mail is due; may be in the past."""
        row = self.rows.find_one({}, {"due_at": 1}, sort=[("due_at", ASCENDING)])
        return aware(row["due_at"]) if row else None

    def existing(self, mails: Iterable[str]) -> dict[str, str]:
        """Those of these ids, of any workspace, that are not done, with their workspaces."""
        wanted = set(mails)
        keys = (row["_id"].split(":") for row in self.rows.find({"due_at": {"$gt": _EPOCH}}, {"_id": 1}))
        return {mail: workspace for workspace, mail in keys if mail in wanted}
