"""The reps and channels of one workspace."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from tracker.base.encryption.keyring import Keyring
from tracker.base.mail_addresses import address_key
from tracker.domain.alerting.channel import MUST_RETYPE, Channel, ChannelName
from tracker.domain.team.rep import Rep
from tracker.store.core.records import Document, Records, from_document, key_of, plain, to_document
from tracker.store.core.search_text import folded
from tracker.store.core.secrets import Secrets

INDEXES = {
    "reps": [
        IndexModel([("ws", ASCENDING), ("keys.email", ASCENDING)], unique=True),
        IndexModel([("keys.addresses", ASCENDING), ("is_active", ASCENDING), ("created_at", ASCENDING)]),
        IndexModel([("person", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("person", ASCENDING)], unique=True, partialFilterExpression={"person": {"$exists": True}}),
    ],
    "channels": [IndexModel([("ws", ASCENDING), ("rep", ASCENDING)])],
}


_MOST_LOOKS = 5
"""At a channel that is being changed all the while; what we know of it is out of date then anyway."""


class Reps(Records[Rep]):
    """The reps of one workspace."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["reps"], workspace, Rep)

    def document_of(self, record: Rep) -> Document:
        """With the folded address, and the person, who is new where the rep names none."""
        return to_document(record) | {"person": record.person_id, "keys": _keys(record.email, record.pending_email)}

    def change(self, record: str, *, version: int | None = None, **values: object) -> Rep:
        """As in Records; keeps the folded addresses true."""
        if values.keys() & {"email", "pending_email"}:
            old = self.get(record)
            email, pending = values.get("email", old.email), values.get("pending_email", old.pending_email)
            values["keys"] = _keys(str(email), str(pending) if pending else None)
        return super().change(record, version=version, **values)

    def of_person(self, person: str) -> Rep | None:
        """The rep whom the person is here."""
        return next(iter(self.where({"person": person}, limit=1)), None)

    def all(self) -> list[Rep]:
        """Every rep, oldest first, also those who no longer work here."""
        return self.where({}, sort=[("_id", ASCENDING)])

    def active(self) -> list[Rep]:
        """Reps who can sign in, oldest first."""
        return self.where({"is_active": True}, sort=[("_id", ASCENDING)])

    def active_ids(self) -> set[str]:
        """Who can sign in."""
        return {row["_id"].partition(":")[2] for row in self.rows.find({"ws": self.workspace, "is_active": True}, {"_id": 1})}

    def by_email(self, email: str) -> Rep | None:
        """The rep with this address, however it is capitalised."""
        return next(iter(self.where({"keys.email": folded(email)}, limit=1)), None)

    def seen(self, rep: str, now: datetime) -> None:
        """Notes when the rep was last here; raises no version."""
        self.rows.update_one({"_id": key_of(self.workspace, rep)}, {"$set": {"last_seen_at": now}})


class Channels(Records[Channel]):
    """Where the reps and the team of one workspace hear of their leads. Documents hold the secrets of `config` encrypted."""

    def __init__(self, database: Database[Document], workspace: str, keyring: Keyring) -> None:
        super().__init__(database["channels"], workspace, Channel)
        self._secrets = Secrets(keyring, "channels")

    def document_of(self, record: Channel) -> Document:
        """With its secrets encrypted."""
        document = to_document(record)
        return self._secrets.encrypted(document, document["_id"], record.workspace)

    def value_of(self, document: Document) -> Channel:
        """With its secrets as they were set; stopped where one of them cannot be decrypted."""
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
        """Adds it or replaces what stood there."""
        self._own(channel)
        with self._secrets.writing(to_document(channel)):
            document = self.document_of(channel)
            self.rows.replace_one({"_id": document["_id"]}, document, upsert=True)
        return channel

    def disable(self, channel: Channel, reason: str) -> None:
        """A permanent error: nothing more is sent there until it is set again. As all below, not where it was set to another receiver since."""
        self._update_as_it_was(channel, {"$set": {"disabled_reason": reason}, "$inc": {"version": 1}})

    def worked(self, channel: Channel, at: datetime) -> None:
        """A delivery or a test got through, so the channel is on; unless it was switched off meanwhile."""
        update = {"$set": {"checked_at": plain(at), "disabled_reason": None}}
        self._update_as_it_was(channel, update, disabled_reason=channel.disabled_reason)

    def hold(self, channel: Channel, until: datetime) -> None:
        """The notifier sends nothing there before; raises no version."""
        self._update_as_it_was(channel, {"$set": {"held_until": plain(until)}})

    def end(self, rep: str, reason: str) -> None:
        """Nothing more is sent to this rep, for a reason that `resume` knows."""
        query = {"ws": self.workspace, "rep": rep, "disabled_reason": None}
        self.rows.update_many(query, {"$set": {"disabled_reason": reason}, "$inc": {"version": 1}})

    def resume(self, rep: str, reason: str) -> None:
        """Takes back `end`; channels that are off for another reason stay so."""
        query = {"ws": self.workspace, "rep": rep, "disabled_reason": reason}
        self.rows.update_many(query, {"$set": {"disabled_reason": None}, "$inc": {"version": 1}})

    def _update_as_it_was(self, channel: Channel, update: Document, **wanted: object) -> None:
        """Updates it if its config is the same, and the fields are as wanted. Ciphertexts of the same secret differ, so that

        configs are compared here; the update then asks for the very document that was looked at, and looks again if it changed.
        """
        key = {"_id": key_of(self.workspace, channel.id)}
        for _ in range(_MOST_LOOKS):
            row = self.rows.find_one(key)
            if row is None or self.value_of(row).config != channel.config or any(row.get(name) != value for name, value in wanted.items()):
                return
            if self.rows.update_one({**key, "config": row["config"], **wanted}, update).matched_count:
                return


def _keys(email: str, pending: str | None) -> Document:
    """Copies to look for: `email` is folded and unique in the workspace, `addresses` are those the rep may sign in with.

    `pending` is the one of them that any number of reps may ask for.
    """
    key, waiting = address_key(email), address_key(pending or "")
    return {"email": folded(email), "addresses": sorted(filter(None, {key, waiting})), "pending": waiting if waiting != key else ""}
