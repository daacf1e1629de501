"""App passwords, across workspaces: found by hash before the workspace is known."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.team.app_password import AppPassword
from tracker.store.core.client import Document
from tracker.store.core.records import read_plain, to_plain_document
from tracker.store.core.repository import Repository


class AppPasswords(Repository):
    """Called by actions and the relay."""

    collection = "app_passwords"
    indexes = (
        IndexModel([("hash", ASCENDING)], unique=True),
        IndexModel([("workspace", ASCENDING), ("rep", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("workspace", ASCENDING), ("_id", ASCENDING)]),
    )

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the passwords of one workspace."""
        return {"workspace": workspace}

    def add(self, password: AppPassword) -> AppPassword:
        """Stores a new password."""
        self.rows.insert_one(to_plain_document(password))
        return password

    def find(self, password_hash: str) -> AppPassword | None:
        """The password with that hash."""
        row = self.rows.find_one({"hash": password_hash})
        return read_plain(row, AppPassword) if row else None

    def of_workspace(self, workspace: str) -> list[AppPassword]:
        """The passwords of all reps, oldest first."""
        return [read_plain(row, AppPassword) for row in self.rows.find({"workspace": workspace}, sort=[("_id", ASCENDING)])]

    def of_rep(self, workspace: str, rep: str) -> list[AppPassword]:
        """The passwords of a rep, oldest first."""
        rows = self.rows.find({"workspace": workspace, "rep": rep}, sort=[("_id", ASCENDING)])
        return [read_plain(row, AppPassword) for row in rows]

    def used(self, password: str, now: datetime) -> None:
        """Records when a password was last used."""
        self.rows.update_one({"_id": password}, {"$set": {"used_at": now}})

    def remove(self, workspace: str, rep: str, password: str) -> bool:
        """Deletes the rep's password; returns whether it existed."""
        return self.rows.delete_one({"_id": password, "workspace": workspace, "rep": rep}).deleted_count == 1

    def remove_of_rep(self, workspace: str, rep: str) -> int:
        """Deletes all passwords of the rep; returns how many."""
        return self.rows.delete_many({"workspace": workspace, "rep": rep}).deleted_count
