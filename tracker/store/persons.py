"""Persons, their confirmed addresses and the mailed links that confirm one, across workspaces."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from tracker.base.errors import Conflict
from tracker.domain.persons import AddressConfirmation, ConfirmedAddress, Person
from tracker.domain.reps import Rep
from tracker.store.folding import folded
from tracker.store.records import Document, from_document, plain, read_plain

INDEXES = {
    "persons": [],
    "confirmed_addresses": [IndexModel([("person", ASCENDING)])],
    "address_confirmations": [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("workspace", ASCENDING), ("rep", ASCENDING)]),
    ],
}

_MOST = 20
"""Persons that may carry one unconfirmed address and still sign in with it; the oldest ones."""


class Persons:
    """Every person of this instance."""

    def __init__(self, database: Database[Document]) -> None:
        self.rows = database["persons"]
        self.addresses = database["confirmed_addresses"]
        self.confirmations = database["address_confirmations"]
        self._reps = database["reps"]

    def get(self, person: str) -> Person:
        """The person; one without password or confirmed address has no row and is given all the same."""
        row = self.rows.find_one({"_id": person})
        confirmed = [str(found["_id"]) for found in self.addresses.find({"person": person}, sort=[("_id", ASCENDING)])]
        return Person(id=person, password_hash=row["password_hash"] if row else None, confirmed=tuple(confirmed))

    def set_password_hash(self, person: str, password_hash: str | None) -> None:
        """Replaces the password, or removes it."""
        self.rows.update_one({"_id": person}, {"$set": {"password_hash": password_hash}}, upsert=True)

    def have_password(self, persons: Iterable[str]) -> bool:
        """Whether any of them can sign in with a password."""
        return self.rows.find_one({"_id": {"$in": list(persons)}, "password_hash": {"$ne": None}}, {"_id": 1}) is not None

    def reps_of(self, person: str) -> list[Rep]:
        """The person's rep in each of their workspaces, oldest first, deactivated ones too."""
        return [from_document(row, Rep) for row in self._reps.find({"person": person}, sort=[("_id", ASCENDING)], limit=100)]

    def reps_by_address(self, email: str) -> list[Rep]:
        """Active reps of any workspace that carry the address, confirmed or not, oldest first; also as their pending one."""
        query = {"keys.addresses": folded(email), "is_active": True}
        return [from_document(row, Rep) for row in self._reps.find(query, sort=[("created_at", ASCENDING)], limit=_MOST)]

    def confirmed(self, email: str) -> ConfirmedAddress | None:
        """To whom the address belongs."""
        row = self.addresses.find_one({"_id": folded(email)})
        return read_plain(row, ConfirmedAddress) if row else None

    def confirm(self, address: ConfirmedAddress) -> None:
        """Gives the address to the person. Raises Conflict where it belongs to another.

        What the operator's mail server has proven replaces what a workspace's own server has.
        """
        row: Document = plain(address)
        key = row.pop("id")
        mine: list[Document] = [{"person": address.person}]
        if not address.proven_to:
            mine.append({"proven_to": {"$ne": ""}})
        try:
            self.addresses.replace_one({"_id": key, "$or": mine}, row, upsert=True)
        except DuplicateKeyError:
            raise Conflict("this address is confirmed by another person already") from None

    def forget_address(self, person: str, email: str) -> None:
        """The address no longer belongs to the person."""
        self.addresses.delete_one({"_id": folded(email), "person": person})

    def merge(self, person: str, other: str) -> None:
        """All reps and confirmed addresses of `other` become the person's; `other` has no password any more. May be repeated."""
        self.rows.delete_one({"_id": other})
        self._reps.update_many({"person": other}, {"$set": {"person": person}, "$inc": {"version": 1}})
        self.addresses.update_many({"person": other}, {"$set": {"person": person}})

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
