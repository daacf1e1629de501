"""The channels of one workspace: where its reps and its team receive alerts."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.alerting.channel import MUST_RETYPE, Channel, ChannelName
from tracker.store.core.client import Document
from tracker.store.core.records import Records, from_document, key_of, plain, to_document
from tracker.store.core.repository import Connection
from tracker.store.core.secrets import Secrets

_MOST_READS = 5
"""Of a channel that changes all the time; the result of the delivery is out of date then."""


class Channels(Records[Channel]):
    """Documents hold the secrets of `config` encrypted. Called by actions and the notifier."""

    collection = "channels"
    indexes = (
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING)]),
        IndexModel([("name", ASCENDING), ("ws", ASCENDING)], name="names_of_all"),
    )
    kind = Channel

    def __init__(self, connection: Connection, workspace: str) -> None:
        super().__init__(connection, workspace)
        self._secrets = Secrets(connection.keyring, self.collection)

    def document_of(self, record: Channel) -> Document:
        """With its secrets encrypted."""
        document = to_document(record)
        return self._secrets.encrypted(document, document["_id"], record.workspace)

    def value_of(self, document: Document) -> Channel:
        """With its secrets decrypted; disabled where one of them cannot be decrypted."""
        known, lost = self._secrets.decrypted(document, document["_id"], document["ws"])
        return from_document({**known, "disabled_reason": MUST_RETYPE} if lost else known, Channel)

    def add(self, record: Channel) -> Channel:
        """As in Records."""
        with self._secrets.writing(to_document(record)):
            return super().add(record)

    def of_rep(self, rep: str | None) -> list[Channel]:
        """The channels of a rep, or of the team."""
        return self.where({"rep": rep})

    def all(self) -> list[Channel]:
        """Every channel."""
        return self.where({})

    def named(self, rep: str | None, name: ChannelName) -> Channel | None:
        """The one channel of that kind."""
        return next((channel for channel in self.of_rep(rep) if channel.name is name), None)

    def put(self, channel: Channel) -> Channel:
        """Adds or replaces the channel."""
        self._check_workspace(channel)
        with self._secrets.writing(to_document(channel)):
            document = self.document_of(channel)
            self.rows.replace_one({"_id": document["_id"]}, document, upsert=True)
        return channel

    def disable(self, channel: Channel, reason: str) -> None:
        """A permanent error: nothing more is sent there until the rep sets the channel again.

        Like `worked` and `hold`, it changes nothing if the channel's config was changed since.
        """
        self._update_if_unchanged(channel, {"$set": {"disabled_reason": reason}, "$inc": {"version": 1}})

    def failing(self, channel: Channel, at: datetime, reason: str) -> None:
        """A try failed; keeps the time of the first failure since the last success."""
        self._update_if_unchanged(channel, {"$set": {"failing_since": plain(channel.failing_since or at), "failing_reason": reason}})

    def worked(self, channel: Channel, at: datetime) -> None:
        """A delivery or a test succeeded, so the channel is enabled, unless it was disabled meanwhile."""
        update = {"$set": {"checked_at": plain(at), "disabled_reason": None, "failing_since": None, "failing_reason": None}}
        self._update_if_unchanged(channel, update, disabled_reason=channel.disabled_reason)

    def hold(self, channel: Channel, until: datetime) -> None:
        """Nothing is sent there before that moment; leaves `version` unchanged."""
        self._update_if_unchanged(channel, {"$set": {"held_until": plain(until)}})

    def end(self, rep: str, reason: str) -> None:
        """Disables the enabled channels of the rep; `resume` with the same reason enables them again."""
        query = {"ws": self.workspace, "rep": rep, "disabled_reason": None}
        self.rows.update_many(query, {"$set": {"disabled_reason": reason}, "$inc": {"version": 1}})

    def resume(self, rep: str, reason: str) -> None:
        """Enables the channels that are disabled for that reason."""
        query = {"ws": self.workspace, "rep": rep, "disabled_reason": reason}
        self.rows.update_many(query, {"$set": {"disabled_reason": None}, "$inc": {"version": 1}})

    def _update_if_unchanged(self, channel: Channel, update: Document, **expected: object) -> None:
        """Updates the channel if its config is the same and the fields have the expected values.

        Ciphertexts of the same secret differ, so that configs are compared after decryption. The update then requires the document
        that was read; if it changed meanwhile, it is read again.
        """
        key = {"_id": key_of(self.workspace, channel.id)}
        for _ in range(_MOST_READS):
            row = self.rows.find_one(key)
            if (
                row is None
                or self.value_of(row).config != channel.config
                or any(row.get(name) != value for name, value in expected.items())
            ):
                return
            if self.rows.update_one({**key, "config": row["config"], **expected}, update).matched_count:
                return
