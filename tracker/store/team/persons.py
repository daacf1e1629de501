"""Persons, their confirmed addresses and the mailed links that confirm one, across workspaces."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from tracker.base.errors import Conflict
from tracker.base.mail_addresses import address_key
from tracker.domain.team.email_address import AddressConfirmation, ConfirmedAddress
from tracker.domain.team.person import Person
from tracker.domain.team.rep import Rep
from tracker.store.core.records import Document, aware, from_document, plain, read_plain

INDEXES = {
    "persons": [],
    "confirmed_addresses": [IndexModel([("person", ASCENDING)]), IndexModel([("key", ASCENDING), ("proven_to", ASCENDING)], unique=True)],
    "address_confirmations": [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("workspace", ASCENDING), ("rep", ASCENDING)]),
    ],
}

_MOST_CARRIERS = 3
"""Reps that may carry one unconfirmed address and still sign in with it: the oldest ones. Each costs a try the time of a hash."""


class Persons:
    """Every person of this instance."""

    def __init__(self, database: Database[Document]) -> None:
        self.rows = database["persons"]
        self.addresses = database["confirmed_addresses"]
        self.confirmations = database["address_confirmations"]
        self._reps = database["reps"]

    def get(self, person: str) -> Person:
        """The person; one who never had a password has no row and is given all the same."""
        row = self.rows.find_one({"_id": person}) or {}
        signed_out_at = row.get("signed_out_at")
        return Person(id=person, password_hash=row.get("password_hash"), signed_out_at=aware(signed_out_at) if signed_out_at else None)

    def set_password_hash(self, person: str, password_hash: str | None) -> None:
        """Replaces the password, or removes it."""
        self.rows.update_one({"_id": person}, {"$set": {"password_hash": password_hash}}, upsert=True)

    def renew_password_hash(self, person: str, former: str, password_hash: str) -> None:
        """Replaces the hash of the same password, unless the password was changed meanwhile."""
        self.rows.update_one({"_id": person, "password_hash": former}, {"$set": {"password_hash": password_hash}})

    def note_signed_out(self, person: str, at: datetime) -> None:
        """All browsers are signed out at that moment."""
        self.rows.update_one({"_id": person}, {"$max": {"signed_out_at": at}}, upsert=True)

    def have_password(self, persons: Iterable[str]) -> bool:
        """Whether any of them can sign in with a password."""
        return self.rows.find_one({"_id": {"$in": list(persons)}, "password_hash": {"$ne": None}}, {"_id": 1}) is not None

    def reps_of(self, person: str) -> list[Rep]:
        """The person's rep in each of their workspaces, oldest first, deactivated ones too."""
        return sorted(map(_rep, self._reps.find({"person": person}, limit=100)), key=lambda rep: rep.created_at)

    def reps_by_address(self, email: str) -> list[Rep]:
        """Active reps of any workspace that carry the address, confirmed or not, oldest first; then those whose pending one it is.

        Anybody may ask for an address, any number of times: those who only ask leave the place to those who carry it.
        """
        key = address_key(email)
        found: list[Rep] = []
        for state in ({"$ne": key}, key) if key else ():
            query = {"keys.addresses": key, "is_active": True, "keys.pending": state}
            found += map(_rep, self._reps.find(query, sort=[("created_at", ASCENDING)], limit=_MOST_CARRIERS))
        return found[:_MOST_CARRIERS]

    def confirmed(self, email: str) -> list[ConfirmedAddress]:
        """Whose address it was proven to be: proven to the operator first, which is then the only one that counts."""
        key = address_key(email)
        rows = self.addresses.find({"key": key}, sort=[("proven_to", ASCENDING)], limit=20) if key else ()
        found = [_address(row) for row in rows]
        return found[:1] if found and not found[0].proven_to else found

    def confirmed_of(self, person: str) -> list[ConfirmedAddress]:
        """All confirmed addresses of the person, by spelling."""
        return sorted(map(_address, self.addresses.find({"person": person}, limit=100)), key=lambda address: address.email)

    def confirm(self, address: ConfirmedAddress) -> None:
        """Gives the address to the person. Raises Conflict where it belongs to another.

        What was proven to the operator outweighs what was proven to a workspace.
        """
        row: Document = plain(address) | {"key": address_key(address.email)}
        known = self.confirmed(address.email)
        if known and not known[0].proven_to and known[0].person != address.person:
            raise Conflict("this address is confirmed by another person already")
        try:
            query = {"key": row["key"], "proven_to": address.proven_to, "person": address.person}
            self.addresses.replace_one(query, row, upsert=True)
        except DuplicateKeyError:
            raise Conflict("this address is confirmed by another person already") from None
        if not address.proven_to:
            self.addresses.delete_many({"key": row["key"], "proven_to": {"$ne": ""}})

    def forget_address(self, person: str, email: str) -> None:
        """The address no longer belongs to the person."""
        self.addresses.delete_many({"key": address_key(email), "person": person})

    def begin_link(self, person: str, now: datetime, until: datetime) -> bool:
        """Locks the person for linking; false where another request holds the lock."""
        query = {"_id": person, "$or": [{"linking_until": {"$exists": False}}, {"linking_until": {"$lt": now}}]}
        return self.rows.update_one(query, {"$set": {"linking_until": until}}).modified_count == 1

    def end_link(self, person: str) -> None:
        """Takes `begin_link` back."""
        self.rows.update_one({"_id": person}, {"$unset": {"linking_until": ""}})

    def merge(self, person: str, other: str) -> None:
        """All reps of `other` become the person's. May be repeated.

        `other` has no password any more, and addresses of either that were proven to one workspace alone are forgotten.
        """
        self.addresses.delete_many({"person": {"$in": [person, other]}, "proven_to": {"$ne": ""}})
        self._reps.update_many({"person": other}, {"$set": {"person": person}, "$inc": {"version": 1}})
        self.addresses.update_many({"person": other}, {"$set": {"person": person}})
        self.rows.delete_one({"_id": other})

    def add_confirmation(self, confirmation: AddressConfirmation) -> None:
        """Keeps a mailed link; older ones of the rep stop working."""
        self.confirmations.delete_many({"workspace": confirmation.workspace, "rep": confirmation.rep})
        row: Document = plain(confirmation)
        self.confirmations.insert_one({"_id": row.pop("id"), **row})

    def find_confirmation(self, token_hash: str, now: datetime) -> AddressConfirmation | None:
        """The link, if it can still be used; looking does not use it up."""
        row = self.confirmations.find_one({"_id": token_hash, "expires_at": {"$gt": now}})
        return read_plain(row, AddressConfirmation) if row else None

    def use_confirmation(self, token_hash: str) -> bool:
        """Uses the link up; whether it was there."""
        return self.confirmations.delete_one({"_id": token_hash}).deleted_count == 1


def _rep(row: Document) -> Rep:
    return from_document(row, Rep)


def _address(row: Document) -> ConfirmedAddress:
    return ConfirmedAddress(email=row["email"], person=row["person"], proven_to=row["proven_to"], at=aware(row["at"]))
