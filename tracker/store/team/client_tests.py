"""Tests of email clients, of all workspaces: one of each rep. Called by actions.mail_relay."""

from collections.abc import Mapping

from pymongo import ASCENDING, IndexModel

from tracker.domain.team.client_test import ClientTest
from tracker.store.core.client import Document
from tracker.store.core.records import from_document, key_of, plain, to_document
from tracker.store.core.repository import Repository, ids_of


class ClientTests(Repository):
    """A test is removed a day after it began."""

    collection = "client_tests"
    is_in_backup = False
    indexes = (
        IndexModel([("addresses", ASCENDING)]),
        IndexModel([("started_at", ASCENDING)], name="expiry", expireAfterSeconds=86400),
    )

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the tests of one workspace."""
        return ids_of(workspace)

    def start(self, test: ClientTest) -> None:
        """Stores a new test in place of the rep's former one."""
        document = to_document(test)
        self.rows.replace_one({"_id": document["_id"]}, document, upsert=True)

    def find(self, workspace: str, rep: str) -> ClientTest | None:
        """The rep's test."""
        row = self.rows.find_one({"_id": key_of(workspace, rep)})
        return from_document(row, ClientTest) if row else None

    def note(self, test: ClientTest, values: Mapping[str, object]) -> None:
        """Records what a client did, unless the mail was kept already or another test began."""
        query = {"_id": key_of(test.workspace, test.id), "code": test.code, "mail": ""}
        self.rows.update_one(query, {"$set": plain(values)})

    def lose(self, workspace: str, rep: str, mail: str) -> None:
        """Records that the bytes of the rep's test mail were lost."""
        self.rows.update_one({"_id": key_of(workspace, rep), "mail": mail}, {"$set": {"is_lost": True}})

    def refuse(self, address: str, text: str) -> None:
        """Records a refused sign-in in the open tests of the reps with this address (its key)."""
        self.rows.update_many({"addresses": address, "mail": ""}, {"$set": {"refused": text}})
