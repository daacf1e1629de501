"""The mailboxes of reps: in one workspace, and those of all workspaces that are due."""

from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING, IndexModel

from tracker.domain.mail.mail_sign_in import MailSignIn
from tracker.domain.team.rep_mailbox import MAILBOX_MUST_RETYPE, RepMailbox
from tracker.store.core.client import Document
from tracker.store.core.records import Records, from_document, key_of, plain, to_document
from tracker.store.core.repository import Connection, Repository
from tracker.store.core.secrets import Secrets

MAILBOX_LEASE = timedelta(minutes=10)
"""A mailbox whose process died is due again after this."""


def all_due(now: datetime) -> list[Document]:
    """The update that makes a mailbox due, with its mails that could not be acted on."""
    unread = {"$map": {"input": {"$ifNull": ["$unread", []]}, "in": {"$mergeObjects": ["$$this", {"next_at": now}]}}}
    return [{"$set": {"next_at": now, "unread": unread}}]


class RepMailboxes(Records[RepMailbox]):
    """By rep. Documents hold the password encrypted, bound to where it is sent. Called by actions."""

    collection = "rep_mailboxes"
    indexes = (IndexModel([("ws", ASCENDING)]),)
    kind = RepMailbox

    def __init__(self, connection: Connection, workspace: str) -> None:
        super().__init__(connection, workspace)
        self._secrets = Secrets(connection.keyring, self.collection)

    def document_of(self, record: RepMailbox) -> Document:
        """With the password encrypted."""
        document = to_document(record)
        return self._secrets.encrypted(document, document["_id"], record.workspace)

    def value_of(self, document: Document) -> RepMailbox:
        """With the secrets; without them where they cannot be decrypted."""
        known, lost = self._secrets.decrypted(document, document["_id"], document["ws"])
        return from_document({**known, "password": "", "problem": MAILBOX_MUST_RETYPE} if lost else known, RepMailbox)

    def put(self, mailbox: RepMailbox) -> RepMailbox:
        """Adds or replaces the rep's mailbox."""
        self._check_workspace(mailbox)
        with self._secrets.writing(to_document(mailbox)):
            document = self.document_of(mailbox)
            self.rows.replace_one({"_id": document["_id"]}, document, upsert=True)
        return mailbox

    def all(self) -> list[RepMailbox]:
        """Those of the workspace."""
        return [self.value_of(row) for row in self.rows.find({"ws": self.workspace})]

    def looked(self, mailbox: RepMailbox, **values: object) -> None:
        """Saves what a look found, unless another server or account was set meanwhile. Leaves `version` unchanged."""
        same = {name: getattr(mailbox, name) for name in ("host", "port", "user", "version")}
        update = {name: plain(value) for name, value in values.items()}
        self.rows.update_one({"_id": key_of(self.workspace, mailbox.id), **same}, {"$set": update})

    def keep_sign_in(self, mailbox: RepMailbox, sign_in: MailSignIn) -> None:
        """Saves a renewed or ended sign-in, unless another one was set meanwhile."""
        document = to_document(msgspec.structs.replace(mailbox, sign_in=sign_in))
        with self._secrets.writing(document):
            made = self._secrets.encrypted(document, document["_id"], mailbox.workspace)
            self.rows.update_one({"_id": document["_id"], "version": mailbox.version}, {"$set": {"sign_in": made["sign_in"]}})

    def request(self, rep: str, now: datetime) -> None:
        """Makes the mailbox due, if it is connected, with the mails that could not be acted on."""
        self.rows.update_one({"_id": key_of(self.workspace, rep), "next_at": {"$ne": None}}, all_due(now))


class MailboxQueue(Repository):
    """The rows of `RepMailboxes`, across workspaces. Called by actions."""

    collection = "rep_mailboxes"
    indexes = (IndexModel([("next_at", ASCENDING)]),)

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the mailboxes of one workspace."""
        return {"ws": workspace}

    def claim(self, now: datetime) -> tuple[str, str] | None:
        """Workspace and rep of the mailbox that is due for the longest time. No other process gets it during its lease."""
        due = {"next_at": {"$lte": now}}
        row = self.rows.find_one_and_update(due, {"$set": {"next_at": now + MAILBOX_LEASE}}, sort=[("next_at", ASCENDING)])
        return (row["ws"], row["_id"].partition(":")[2]) if row else None
