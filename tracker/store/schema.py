"""The schema: which layout the database has, and the steps that bring an older one up to date. Called at each start and by `upgrade`.

A step added here gets the next number and stays for ever; it may be repeated, since a process can die between a step and the note
that it is done.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import OperationFailure

from tracker.base.errors import Invalid, LeadlightError
from tracker.base.ids import id_of
from tracker.base.mail_addresses import address_key
from tracker.domain.mail.smtp_url import read_url
from tracker.store.core import secrets
from tracker.store.core.records import plain
from tracker.store.store import Store

_KEY = "schema"


class TooNew(LeadlightError):
    """The database was made by a newer Leadlight than this one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of layout."""

    number: int
    name: str
    run: Callable[[Store], None]


def _make_indexes(store: Store) -> None:
    store.ensure_indexes()


def _drop_replaced_indexes(store: Store) -> None:
    """Indexes of the first days that others took the place of."""
    replaced = {"deliveries": ("due", "rep"), "leads": ("ws_1_company_id_1",), "workspaces": ("created_at_1",)}
    for collection, names in replaced.items():
        for name in names:
            _drop_index(store, collection, name)


def _drop_index_of_claims(store: Store) -> None:
    """Who takes marks knows their names, so that nobody looks for them by the claim any more."""
    _drop_index(store, "dirty", "claim")


def _make_persons(store: Store) -> None:
    """Every rep becomes a person of its own: an address proves no identity. All sessions end once.

    The demo's rep of a visitor was made for one rep of another workspace and says so in its id: it belongs to that person, but a
    password that was set in the demo does not, since visitors used to be found by address there.
    """
    database = store.database
    _drop_index(store, "reps", "keys.email_1")
    demos = [row["_id"] for row in database.workspaces.find({"is_demo": True}, {"_id": 1})]
    visitors = _demo_visitors(store, demos)
    for row in database.reps.find({"person": {"$exists": False}}, {"keys": 1, "email": 1, "password_hash": 1}):
        rep = row["_id"].partition(":")[2]
        person = visitors.get(rep, rep)
        if row.get("password_hash") and person == rep:
            database.persons.update_one({"_id": person}, {"$setOnInsert": {"password_hash": row["password_hash"]}}, upsert=True)
        values = {"person": person, "keys.addresses": [address_key(row["email"])]}
        database.reps.update_one({"_id": row["_id"]}, {"$set": values, "$unset": {"password_hash": ""}})
    # Sessions of before may have been taken over by way of an address.
    database.sessions.delete_many({"person": {"$exists": False}})


def _demo_visitors(store: Store, demos: list[str]) -> dict[str, str]:
    """The id that each rep has as a visitor of a demo, and the rep whose person that is."""
    own = (row["_id"].partition(":") for row in store.database.reps.find({}, {"_id": 1}))
    return {id_of(demo, "you", rep): rep for workspace, _, rep in own if workspace not in demos for demo in demos}


def _split_smtp_urls(store: Store) -> None:
    """A workspace's mail server in fields of its own. The demo has none; what was no URL of a mail server is dropped."""
    rows = store.database.workspaces
    for row in rows.find({"smtp_url": {"$exists": True}}, {"smtp_url": 1, "is_demo": 1}):
        server = None
        if row["smtp_url"] and not row.get("is_demo"):
            with contextlib.suppress(Invalid):
                server = plain(read_url(row["smtp_url"]))
        rows.update_one({"_id": row["_id"], "smtp_url": row["smtp_url"]}, {"$set": {"mail_server": server}, "$unset": {"smtp_url": ""}})


def _encrypt_secrets(store: Store) -> None:
    """Tokens and passwords that older versions stored as plain text."""
    secrets.renew(store.database, store.keyring)


def _drop_index(store: Store, collection: str, name: str) -> None:
    with contextlib.suppress(OperationFailure):
        store.database[collection].drop_index(name)


STEPS = (
    Step(1, "make the indexes", _make_indexes),
    Step(2, "drop indexes that others replaced", _drop_replaced_indexes),
    Step(3, "drop the index of claimed marks", _drop_index_of_claims),
    Step(4, "make every rep a person, and sign everybody out once", _make_persons),
    Step(5, "split the addresses of mail servers into fields", _split_smtp_urls),
    Step(6, "encrypt tokens and passwords", _encrypt_secrets),
)
NEWEST = STEPS[-1].number


def version(store: Store) -> int:
    """The layout the database has; 0 before the first step."""
    row = store.database.meta.find_one({"_id": _KEY})
    return int(row["version"]) if row else 0


def upgrade(store: Store, now: datetime, steps: tuple[Step, ...] = STEPS) -> list[str]:
    """Takes the steps that are missing, in order; their names. Raises TooNew, PyMongoError."""
    known = version(store)
    if known > steps[-1].number:
        raise TooNew(f"this database has layout {known}, and this Leadlight knows {steps[-1].number}; start the newer Leadlight again")
    done = []
    for step in steps:
        if step.number > known:
            step.run(store)
            store.database.meta.update_one({"_id": _KEY}, {"$max": {"version": step.number}, "$set": {"at": now}}, upsert=True)
            done.append(step.name)
    return done
