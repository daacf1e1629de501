"""Repositories: each owns one collection, declares its indexes and says which of its documents belong to a workspace.

`tracker.store.store` lists them once; indexes, the removal of a workspace and the backup follow from the declarations.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_type_hints

from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database

from tracker.base.encryption.keyring import Keyring
from tracker.store.core.cache import BoundedCache
from tracker.store.core.client import Document
from tracker.store.core.keyed_rows import KeyedRows
from tracker.store.core.shard_keys import PACKED, workspace_field
from tracker.store.core.stamps import StampedRows
from tracker.store.merged_ids import lead_ids

Client = tuple[str, dict[str, str]]
"""User agent and headers."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What repositories need: the database, the keyring of the secrets in it, and the client fingerprints read last."""

    database: Database[Document]
    keyring: Keyring
    fingerprints: BoundedCache[bytes, Client] = field(default_factory=BoundedCache)
    is_sharded: Callable[[], bool] = lambda: False


class Repository:
    """One collection, across workspaces."""

    collection: ClassVar[str]
    indexes: ClassVar[tuple[IndexModel, ...]] = ()
    person_field: ClassVar[str | None] = None
    """The field that names the person a document belongs to; None where documents belong to no person."""
    is_in_backup: ClassVar[bool] = True
    is_stamped: ClassVar[bool] = False
    """Whether reports follow the changes of its documents."""

    def __init__(self, connection: Connection) -> None:
        rows: Any = connection.database[self.collection]
        if self.is_stamped:
            rows = StampedRows(rows)
        if name := workspace_field(self.collection):
            rows = KeyedRows(rows, name, self._workspace_in_rows(), connection.is_sharded)
        self.rows: Collection[Document] = rows

    def _workspace_in_rows(self) -> str | bytes | None:
        """The workspace as its documents hold it; None across workspaces."""
        return None

    @staticmethod
    def workspace_filter(workspace: str) -> Document | None:
        """Matches the documents of one workspace; None where they do not belong to a workspace."""
        del workspace
        return None


class WorkspaceRepository(Repository):
    """The documents of one collection that belong to one workspace; no other workspace can be reached through it."""

    def __init__(self, connection: Connection, workspace: str) -> None:
        self.workspace = workspace
        super().__init__(connection)

    def _workspace_in_rows(self) -> str | bytes:
        return bytes.fromhex(self.workspace) if self.collection in PACKED else self.workspace

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the ids of one workspace, which all begin with it."""
        return ids_of(workspace)

    def _lead_ids(self, leads: Iterable[str]) -> dict[str, str]:
        """All ids under which these leads have records, each with the lead of `leads` that it belongs to (store.merged_ids)."""
        return lead_ids(self.rows.database, self.workspace, leads)

    def _of_lead(self, lead: str) -> str | Document:
        """What `lead` is compared with in a query for the records of one lead."""
        ids = list(self._lead_ids([lead]))
        return lead if ids == [lead] else {"$in": ids}


def ids_of(workspace: str) -> Document:
    """Matches the documents whose `_id` begins with the workspace."""
    return {"_id": {"$gte": f"{workspace}:", "$lt": f"{workspace};"}}


def declared_repositories(owner: type) -> dict[str, Any]:
    """The repository classes that a class declares as fields, by the name of the field."""
    return {name: kind for name, kind in get_type_hints(owner).items() if isinstance(kind, type) and issubclass(kind, Repository)}
