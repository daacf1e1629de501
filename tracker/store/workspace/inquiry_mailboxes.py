"""Inquiry mailboxes: in one workspace, those of all workspaces that are due, and what became of their email."""

from datetime import datetime, timedelta

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX, InquiryMail, InquiryMailbox
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Records, from_document, key_of, plain, to_document
from tracker.store.core.repository import Connection, Repository
from tracker.store.core.secrets import Secrets
from tracker.store.team.rep_mailboxes import all_due

INQUIRY_LEASE = timedelta(minutes=10)
"""A mailbox whose process died is due again after this."""
_KEPT_SECONDS = 30 * 24 * 3600


class InquiryMailboxes(Records[InquiryMailbox]):
    """At most one. Documents hold the password encrypted, bound to where it is sent. Called by actions."""

    collection = "inquiry_mailboxes"
    indexes = (IndexModel([("ws", ASCENDING)]),)
    kind = InquiryMailbox

    def __init__(self, connection: Connection, workspace: str) -> None:
        super().__init__(connection, workspace)
        self._secrets = Secrets(connection.keyring, self.collection)

    def document_of(self, record: InquiryMailbox) -> Document:
        """With the password encrypted."""
        document = to_document(record)
        return self._secrets.encrypted(document, document["_id"], record.workspace)

    def value_of(self, document: Document) -> InquiryMailbox:
        """With the password; without it where it cannot be decrypted."""
        known, lost = self._secrets.decrypted(document, document["_id"], document["ws"])
        return from_document({**known, "password": ""} if lost else known, InquiryMailbox)

    def put(self, mailbox: InquiryMailbox) -> InquiryMailbox:
        """Adds or replaces the mailbox."""
        self._check_workspace(mailbox)
        with self._secrets.writing(to_document(mailbox)):
            document = self.document_of(mailbox)
            self.rows.replace_one({"_id": document["_id"]}, document, upsert=True)
        return mailbox

    def looked(self, mailbox: InquiryMailbox, **values: object) -> None:
        """Saves what a look found, unless another server or account was set meanwhile. Leaves `version` unchanged."""
        same = {name: getattr(mailbox, name) for name in ("host", "port", "user")}
        update = {name: plain(value) for name, value in values.items()}
        self.rows.update_one({"_id": key_of(self.workspace, INQUIRY_MAILBOX), **same}, {"$set": update})

    def request(self, now: datetime) -> None:
        """Makes the mailbox due, with the email that could not be acted on."""
        self.rows.update_one({"_id": key_of(self.workspace, INQUIRY_MAILBOX)}, all_due(now))


class InquiryMailboxQueue(Repository):
    """The rows of `InquiryMailboxes`, across workspaces. Called by actions."""

    collection = "inquiry_mailboxes"
    indexes = (IndexModel([("next_at", ASCENDING)]),)

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the mailbox of one workspace."""
        return {"ws": workspace}

    def claim(self, now: datetime) -> str | None:
        """The workspace whose mailbox is due for the longest time. No other process gets it during its lease."""
        due = {"next_at": {"$lte": now}}
        row = self.rows.find_one_and_update(due, {"$set": {"next_at": now + INQUIRY_LEASE}}, sort=[("next_at", ASCENDING)])
        return str(row["ws"]) if row else None


class InquiryMails(Records[InquiryMail]):
    """What became of each email; its id follows from its Message-ID. Called by actions."""

    collection = "inquiry_mails"
    indexes = (
        IndexModel([("ws", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("result", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING)]),
        IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=_KEPT_SECONDS),
    )
    kind = InquiryMail

    def page(self, *, result: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[InquiryMail]:
        """Newest first; all, or those with one result."""
        return page_of(self, {"result": result} if result else {}, sort="at", descending=True, cursor=cursor, limit=limit)

    def made_since(self, since: datetime, limit: int) -> int:
        """How many leads were made; counting stops at `limit`."""
        return self.count({"result": "lead", "at": {"$gte": since}}, limit=limit)
