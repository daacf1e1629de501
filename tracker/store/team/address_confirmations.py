"""Address confirmations: mailed links that prove an address, across workspaces."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.team.email_address import AddressConfirmation
from tracker.store.core.client import Document
from tracker.store.core.records import read_plain, to_plain_document
from tracker.store.core.repository import Repository


class AddressConfirmations(Repository):
    """By the hash of the link's token. Called by actions."""

    collection = "address_confirmations"
    indexes = (
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("workspace", ASCENDING), ("rep", ASCENDING)]),
    )

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the links of one workspace."""
        return {"workspace": workspace}

    def add(self, confirmation: AddressConfirmation) -> None:
        """Stores a link and deletes older ones of the rep."""
        self.rows.delete_many({"workspace": confirmation.workspace, "rep": confirmation.rep})
        self.rows.insert_one(to_plain_document(confirmation))

    def find(self, token_hash: str, now: datetime) -> AddressConfirmation | None:
        """The link, if it has not expired; does not use it up."""
        row = self.rows.find_one({"_id": token_hash, "expires_at": {"$gt": now}})
        return read_plain(row, AddressConfirmation) if row else None

    def use(self, token_hash: str) -> bool:
        """Uses the link up; returns whether it existed."""
        return self.rows.delete_one({"_id": token_hash}).deleted_count == 1
