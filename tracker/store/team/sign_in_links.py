"""Sign-in links: each signs a rep in once, across workspaces."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.team.sign_in_link import LinkKind, SignInLink
from tracker.store.core.client import Document
from tracker.store.core.records import read_plain, to_plain_document
from tracker.store.core.repository import Repository


class SignInLinks(Repository):
    """By the hash of the link's token. Called by actions."""

    collection = "sign_in_links"
    indexes = (
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("workspace", ASCENDING), ("rep", ASCENDING)]),
    )

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the links of one workspace."""
        return {"workspace": workspace}

    def add(self, link: SignInLink) -> None:
        """Stores a link and removes older ones of the same kind. Mailed links are kept, because anyone may request them for an address."""
        if link.kind is not LinkKind.MAILED:
            self.rows.delete_many({"workspace": link.workspace, "rep": link.rep, "kind": link.kind.value})
        self.rows.insert_one(to_plain_document(link))

    def remove_all(self, workspace: str, rep: str) -> None:
        """Deletes all links of the rep."""
        self.rows.delete_many({"workspace": workspace, "rep": rep})

    def find(self, token_hash: str, now: datetime) -> SignInLink | None:
        """The link, if it has not expired; does not use it up."""
        row = self.rows.find_one({"_id": token_hash, "expires_at": {"$gt": now}})
        return read_plain(row, SignInLink) if row else None

    def use(self, token_hash: str, now: datetime) -> SignInLink | None:
        """Uses the link up, if it has not expired; of two concurrent requests one gets it."""
        row = self.rows.find_one_and_delete({"_id": token_hash})
        link = read_plain(row, SignInLink) if row else None
        return link if link and link.expires_at > now else None
