"""Persons: the human being behind the reps of several workspaces."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING

from tracker.base.mail_addresses import address_key
from tracker.domain.team.person import Person
from tracker.domain.team.rep import Rep
from tracker.store.core.client import Document
from tracker.store.core.records import aware, from_document
from tracker.store.core.repository import Connection, Repository
from tracker.store.team.confirmed_addresses import ConfirmedAddresses
from tracker.store.team.reps import Reps

_MOST_BY_ADDRESS = 3
"""The reps with one unconfirmed address that may sign in with it: the oldest ones. Each costs the time of a password hash per attempt."""


class Persons(Repository):
    """The persons of this instance, and the reps of each. Called by actions."""

    collection = "persons"
    person_field = "_id"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._reps = connection.database[Reps.collection]
        self._addresses = connection.database[ConfirmedAddresses.collection]

    def get(self, person: str) -> Person:
        """The person. A person who never had a password has no document; an empty person is returned then."""
        row = self.rows.find_one({"_id": person}) or {}
        signed_out_at = row.get("signed_out_at")
        return Person(id=person, password_hash=row.get("password_hash"), signed_out_at=aware(signed_out_at) if signed_out_at else None)

    def set_password_hash(self, person: str, password_hash: str | None) -> None:
        """Sets the password, or removes it."""
        self.rows.update_one({"_id": person}, {"$set": {"password_hash": password_hash}}, upsert=True)

    def renew_password_hash(self, person: str, former: str, password_hash: str) -> None:
        """Sets a new hash of the same password, unless the password was changed meanwhile."""
        self.rows.update_one({"_id": person, "password_hash": former}, {"$set": {"password_hash": password_hash}})

    def note_signed_out(self, person: str, at: datetime) -> None:
        """Records when all browsers of the person were signed out."""
        self.rows.update_one({"_id": person}, {"$max": {"signed_out_at": at}}, upsert=True)

    def have_password(self, persons: Iterable[str]) -> bool:
        """Whether any of these persons has a password."""
        return self.rows.find_one({"_id": {"$in": list(persons)}, "password_hash": {"$ne": None}}, {"_id": 1}) is not None

    def reps_of(self, person: str) -> list[Rep]:
        """The person's rep in each workspace, oldest first, deactivated ones included."""
        return sorted(map(_rep, self._reps.find({"person": person}, limit=100)), key=lambda rep: rep.created_at)

    def reps_by_address(self, email: str) -> list[Rep]:
        """Active reps of any workspace with this address, confirmed or not, oldest first; then reps with it as pending address.

        Reps with the address come first, because any number of reps may have it as pending.
        """
        key = address_key(email)
        found: list[Rep] = []
        for state in ({"$ne": key}, key) if key else ():
            query = {"keys.addresses": key, "is_active": True, "keys.pending": state}
            found += map(_rep, self._reps.find(query, sort=[("created_at", ASCENDING)], limit=_MOST_BY_ADDRESS))
        return found[:_MOST_BY_ADDRESS]

    def begin_link(self, person: str, now: datetime, until: datetime) -> bool:
        """Locks the person for linking; returns false if another request holds the lock."""
        query = {"_id": person, "$or": [{"linking_until": {"$exists": False}}, {"linking_until": {"$lt": now}}]}
        return self.rows.update_one(query, {"$set": {"linking_until": until}}).modified_count == 1

    def end_link(self, person: str) -> None:
        """Releases the lock of `begin_link`."""
        self.rows.update_one({"_id": person}, {"$unset": {"linking_until": ""}})

    def merge(self, person: str, other: str) -> None:
        """Assigns all reps and addresses of `other` to the person and deletes `other` with its password. Safe to repeat.

        Addresses of both that were proven to one workspace only are deleted.
        """
        self._addresses.delete_many({"person": {"$in": [person, other]}, "proven_to": {"$ne": ""}})
        self._reps.update_many({"person": other}, {"$set": {"person": person}, "$inc": {"version": 1}})
        self._addresses.update_many({"person": other}, {"$set": {"person": person}})
        self.rows.delete_one({"_id": other})


def _rep(row: Document) -> Rep:
    return from_document(row, Rep)
