"""The reps of one workspace."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.base.mail_addresses import address_key, mailbox_key
from tracker.domain.team.rep import Rep
from tracker.store.core.client import Document
from tracker.store.core.records import Records, key_of, to_document


class Reps(Records[Rep]):
    """Called by actions."""

    collection = "reps"
    indexes = (
        IndexModel([("ws", ASCENDING), ("keys.email", ASCENDING)], unique=True),
        IndexModel([("keys.addresses", ASCENDING), ("is_active", ASCENDING), ("created_at", ASCENDING)]),
        IndexModel([("person", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("person", ASCENDING)], unique=True, partialFilterExpression={"person": {"$exists": True}}),
    )
    kind = Rep

    def document_of(self, record: Rep) -> Document:
        """With the normalized address, and the person, which is new where the rep names none."""
        return to_document(record) | {"person": record.person_id, "keys": _keys(record.email, record.pending_email)}

    def change(self, record: str, *, version: int | None = None, **values: object) -> Rep:
        """As in Records; updates the normalized addresses too."""
        if values.keys() & {"email", "pending_email"}:
            old = self.get(record)
            email, pending = values.get("email", old.email), values.get("pending_email", old.pending_email)
            keys = _keys(str(email), str(pending) if pending else None)
            # The key of an unchanged address stays: an earlier version may have stored a pair of equal addresses (schema step 12).
            values |= {f"keys.{name}": key for name, key in keys.items() if name != "email" or "email" in values}
        return super().change(record, version=version, **values)

    def of_person(self, person: str) -> Rep | None:
        """The rep of that person in this workspace."""
        return next(iter(self.where({"person": person}, limit=1)), None)

    def all(self) -> list[Rep]:
        """Every rep, oldest first, deactivated ones included."""
        return self.where({}, sort=[("_id", ASCENDING)])

    def active(self) -> list[Rep]:
        """The reps that can sign in, oldest first."""
        return self.where({"is_active": True}, sort=[("_id", ASCENDING)])

    def active_ids(self) -> set[str]:
        """The ids of the reps that can sign in."""
        return {row["_id"].partition(":")[2] for row in self.rows.find({"ws": self.workspace, "is_active": True}, {"_id": 1})}

    def by_email(self, email: str) -> Rep | None:
        """The rep with this address, whatever its spelling (see `mailbox_key`)."""
        return next(iter(self.where({"keys.email": mailbox_key(email)}, limit=1)), None)

    def seen(self, rep: str, now: datetime) -> None:
        """Records when the rep last used the console; leaves `version` unchanged."""
        self.rows.update_one({"_id": key_of(self.workspace, rep)}, {"$set": {"last_seen_at": now}})


def _keys(email: str, pending: str | None) -> Document:
    """Copies for queries: `email` is normalized and unique in the workspace, `addresses` are those the rep may sign in with.

    `pending` is the one of them that is not confirmed yet; any number of reps may have the same.
    """
    key, waiting = address_key(email), address_key(pending or "")
    return {"email": mailbox_key(email), "addresses": sorted(filter(None, {key, waiting})), "pending": waiting if waiting != key else ""}
