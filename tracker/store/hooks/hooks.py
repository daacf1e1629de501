"""The webhooks of one workspace. Called by actions, workers and the notifier."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.alerting.channel import MUST_RETYPE
from tracker.domain.hooks.hook import Hook
from tracker.store.core.client import Document
from tracker.store.core.records import Records, from_document, key_of, plain, to_document
from tracker.store.core.repository import Connection
from tracker.store.core.secrets import Secrets


class Hooks(Records[Hook]):
    """Documents hold address and secret encrypted, because an address often contains a token."""

    collection = "hooks"
    indexes = (
        IndexModel([("ws", ASCENDING), ("created_at", ASCENDING)]),
        IndexModel([("events.type", ASCENDING), ("ws", ASCENDING)], name="types_of_all"),
    )
    kind = Hook

    def __init__(self, connection: Connection, workspace: str) -> None:
        super().__init__(connection, workspace)
        self._secrets = Secrets(connection.keyring, self.collection)

    def document_of(self, record: Hook) -> Document:
        """With its secrets encrypted."""
        document = to_document(record)
        return self._secrets.encrypted(document, document["_id"], record.workspace)

    def value_of(self, document: Document) -> Hook:
        """With its secrets; disabled, and without them, where they cannot be decrypted."""
        known, lost = self._secrets.decrypted(document, document["_id"], document["ws"])
        if lost:
            known = {**known, **dict.fromkeys(lost, ""), "disabled_reason": MUST_RETYPE}
        return from_document(known, Hook)

    def all(self) -> list[Hook]:
        """All, oldest first."""
        return self.where({}, sort=[("created_at", ASCENDING)])

    def put(self, hook: Hook) -> Hook:
        """Adds or replaces the webhook."""
        self._check_workspace(hook)
        with self._secrets.writing(to_document(hook)):
            document = self.document_of(hook)
            self.rows.replace_one({"_id": document["_id"]}, document, upsert=True)
        return hook

    def worked(self, hook: Hook, at: datetime) -> None:
        """A message was taken: it works again."""
        values = {"checked_at": plain(at), "disabled_reason": None, "is_ended": False, "failing_since": None, "failing_reason": None}
        self._note(hook, {**values, "held_until": None})

    def failing(self, hook: Hook, at: datetime, reason: str, until: datetime | None) -> None:
        """A try failed; keeps the time of the first failure, and until when nothing is sent."""
        self._note(hook, {"failing_since": plain(hook.failing_since or at), "failing_reason": reason, "held_until": plain(until)})

    def disable(self, hook: Hook, reason: str, *, is_ended: bool) -> None:
        """Nothing more is sent there; with `is_ended`, nothing more is kept for it either."""
        self._note(hook, {"disabled_reason": reason, "is_ended": is_ended})

    def _note(self, hook: Hook, values: Document) -> None:
        """Sets fields, unless the webhook was changed meanwhile. Leaves `version` unchanged."""
        self.rows.update_one({"_id": key_of(self.workspace, hook.id), "version": hook.version}, {"$set": values})
