"""Confirmed addresses: which email address was proven to belong to which person, across workspaces."""

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from tracker.base.errors import Conflict
from tracker.base.mail_addresses import address_key
from tracker.domain.team.email_address import ConfirmedAddress
from tracker.store.core.client import Document
from tracker.store.core.records import aware, plain
from tracker.store.core.repository import Repository


class ConfirmedAddresses(Repository):
    """`proven_to` is the workspace to which an address was proven, or empty for the operator. Called by actions."""

    collection = "confirmed_addresses"
    indexes = (IndexModel([("person", ASCENDING)]), IndexModel([("key", ASCENDING), ("proven_to", ASCENDING)], unique=True))
    person_field = "person"

    def by_address(self, email: str) -> list[ConfirmedAddress]:
        """The confirmations of this address. One that was proven to the operator excludes all others."""
        key = address_key(email)
        rows = self.rows.find({"key": key}, sort=[("proven_to", ASCENDING)], limit=20) if key else ()
        found = [_address(row) for row in rows]
        return found[:1] if found and not found[0].proven_to else found

    def of_person(self, person: str) -> list[ConfirmedAddress]:
        """All confirmed addresses of the person, in alphabetical order."""
        return sorted(map(_address, self.rows.find({"person": person}, limit=100)), key=lambda address: address.email)

    def confirm(self, address: ConfirmedAddress) -> None:
        """Assigns the address to the person. Raises Conflict where it belongs to another person.

        A proof to the operator replaces proofs to workspaces.
        """
        row: Document = plain(address) | {"key": address_key(address.email)}
        known = self.by_address(address.email)
        if known and not known[0].proven_to and known[0].person != address.person:
            raise Conflict("this address is confirmed by another person already")
        try:
            query = {"key": row["key"], "proven_to": address.proven_to, "person": address.person}
            self.rows.replace_one(query, row, upsert=True)
        except DuplicateKeyError:
            raise Conflict("this address is confirmed by another person already") from None
        if not address.proven_to:
            self.rows.delete_many({"key": row["key"], "proven_to": {"$ne": ""}})

    def remove(self, person: str, email: str) -> None:
        """Deletes the person's confirmations of this address."""
        self.rows.delete_many({"key": address_key(email), "person": person})


def _address(row: Document) -> ConfirmedAddress:
    return ConfirmedAddress(email=row["email"], person=row["person"], proven_to=row["proven_to"], at=aware(row["at"]))
