"""Address keys of leads and reps that earlier versions stored in another form. Called by the schema and by `leadlight upgrade`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pymongo.errors import DuplicateKeyError

from tracker.base.mail_addresses import mailbox_key
from tracker.store.core.records import key_of
from tracker.store.store import Store

_COLLECTIONS = {"lead": "leads", "rep": "reps"}


@dataclass(frozen=True, slots=True)
class EqualAddresses:
    """Two records of a workspace whose addresses are equal; `record` keeps its own key, so that it is not found by its address."""

    workspace: str
    kind: str
    """`lead` or `rep`."""
    record: str
    other: str


def renew_address_keys(store: Store) -> None:
    """Stores the present key (`mailbox_key`) of every address. Records that thereby became equal to another one are left alone."""
    for _, collection, row, key in _differing(store):
        try:
            store.database[collection].update_one({"_id": row["_id"], "email": row["email"]}, {"$set": {"keys.email": key}})
        except DuplicateKeyError:
            continue


def equal_addresses(store: Store) -> list[EqualAddresses]:
    """The records that `renew_address_keys` left alone, with the one that has the key."""
    found = []
    for kind, collection, row, key in _differing(store):
        workspace, _, record = row["_id"].partition(":")
        other = store.database[collection].find_one({"ws": workspace, "keys.email": key}, {"_id": 1})
        if other and other["_id"] != key_of(workspace, record):
            found.append(EqualAddresses(workspace, kind, record, other["_id"].partition(":")[2]))
    return found


def _differing(store: Store) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    for kind, collection in _COLLECTIONS.items():
        for row in store.database[collection].find({}, {"email": 1, "keys.email": 1}):
            key = mailbox_key(row["email"])
            if row.get("keys", {}).get("email") != key:
                yield kind, collection, row, key
