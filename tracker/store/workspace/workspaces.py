"""The workspaces: read by every process, changed by actions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bson.timestamp import Timestamp
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from tracker.base.errors import Conflict, NotFound
from tracker.domain.workspace.workspace import Workspace
from tracker.store.core.client import Document
from tracker.store.core.records import plain, read_plain
from tracker.store.core.repository import Connection, Repository
from tracker.store.core.secrets import Secrets
from tracker.store.core.stamps import NO_STAMP, STAMP, a_little_before

_TAKES: Document = {"policy.take_minutes": {"$gt": 0}}
_FORGETS: Document = {"policy.keep_events_days": {"$gt": 0}}
_SIGNS_IN: Document = {"mail_sign_in.provider": {"$gt": ""}}


@dataclass(frozen=True, slots=True)
class WorkspacesState:
    """The last stamp of any workspace, if there is one, and how many there are."""

    stamp: Timestamp | None
    count: int


class Workspaces(Repository):
    """All workspaces of this instance. Documents hold the password of the mail server encrypted."""

    collection = "workspaces"
    is_stamped = True
    indexes = (
        IndexModel([("sites.key", ASCENDING)]),
        IndexModel([("created_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([(STAMP, ASCENDING)], partialFilterExpression={STAMP: {"$exists": True}}, name="stamps"),
        IndexModel([("policy.take_minutes", ASCENDING)], partialFilterExpression=_TAKES),
        IndexModel([("policy.keep_events_days", ASCENDING)], partialFilterExpression=_FORGETS),
        IndexModel([("mail_sign_in.expires_at", ASCENDING)], partialFilterExpression=_SIGNS_IN),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._secrets = Secrets(connection.keyring, self.collection)

    def get(self, workspace: str) -> Workspace:
        """The workspace. Raises NotFound."""
        found = self.find(workspace)
        if found is None:
            raise NotFound("no such workspace")
        return found

    def find(self, workspace: str) -> Workspace | None:
        """The workspace or nothing."""
        row = self.rows.find_one({"_id": workspace})
        return self._value_of(row) if row else None

    def all(self) -> list[Workspace]:
        """Every workspace, oldest first."""
        return [self._value_of(row) for row in self.rows.find({}, sort=[("created_at", ASCENDING), ("_id", ASCENDING)])]

    def some(self, wanted: Collection[str]) -> list[Workspace]:
        """Those of these ids that are there, in the order of their ids."""
        return self._values({"_id": {"$in": list(wanted)}}) if wanted else []

    def page(self, after: str = "", *, limit: int) -> list[Workspace]:
        """The next ones after this id, in the order of their ids."""
        return self._values({"_id": {"$gt": after}}, limit)

    def with_time_to_take(self) -> list[Workspace]:
        """Those whose leader is told of alerts that no one takes."""
        return self._values(_TAKES)

    def with_retention(self) -> list[Workspace]:
        """Those that limit how long events are kept."""
        return self._values(_FORGETS)

    def with_mail_sign_in(self, latest: datetime) -> list[Workspace]:
        """Those whose sign-in with a mail provider ends by that moment, or at none that is known."""
        return self._values({**_SIGNS_IN, "mail_sign_in.expires_at": {"$not": {"$gt": latest}}})

    def state(self) -> WorkspacesState:
        """What differs after a workspace was added, changed or removed. A stamp may become visible after a later one (core.stamps)."""
        row = self.rows.find_one({STAMP: {"$gte": NO_STAMP}}, {STAMP: 1}, sort=[(STAMP, DESCENDING)])
        return WorkspacesState(row[STAMP] if row else None, self.rows.estimated_document_count())

    def changed_since(self, stamp: Timestamp) -> list[Workspace]:
        """Those that were added or changed since about then."""
        return self._values({STAMP: {"$gte": a_little_before(stamp)}})

    def first(self) -> Workspace | None:
        """The oldest workspace that is not a demo."""
        row = self.rows.find_one({"is_demo": False}, sort=[("created_at", ASCENDING), ("_id", ASCENDING)])
        return self._value_of(row) if row else None

    def demo(self) -> Workspace | None:
        """The demo workspace, if there is one."""
        row = self.rows.find_one({"is_demo": True}, sort=[("created_at", ASCENDING)])
        return self._value_of(row) if row else None

    def of_site(self, key: str) -> Workspace | None:
        """The workspace that has a site with this key."""
        row = self.rows.find_one({"sites.key": key})
        return self._value_of(row) if row else None

    def add(self, workspace: Workspace) -> Workspace:
        """Stores a new workspace. Raises Conflict where its id is taken."""
        document: Document = plain(workspace)
        key = document.pop("id")
        document.pop("lost_secrets")
        try:
            with self._secrets.writing(document):
                self.rows.insert_one({"_id": key, **self._secrets.encrypted(document, key, key)})
        except DuplicateKeyError as error:
            raise Conflict("this workspace exists already") from error
        return workspace

    def change(self, workspace: str, *, version: int | None = None, **values: object) -> Workspace:
        """Sets fields and increments `version`. Raises NotFound; Conflict where `version` is given and the workspace has another."""
        query: Document = {"_id": workspace}
        if version is not None:
            query["version"] = version
        fields = {name: plain(value) for name, value in values.items()}
        with self._secrets.writing(fields):
            update = {"$set": self._secrets.encrypted(fields, workspace, workspace), "$inc": {"version": 1}}
            row = self.rows.find_one_and_update(query, update, return_document=ReturnDocument.AFTER)
        if row is None:
            self.get(workspace)
            raise Conflict("it was changed meanwhile; look again")
        return self._value_of(row)

    def saw_site(self, workspace: str, site: str, at: datetime) -> None:
        """Records when the first page event of the site arrived."""
        query = {"_id": workspace, "sites": {"$elemMatch": {"key": site, "first_seen_at": None}}}
        self.rows.update_one(query, {"$set": {"sites.$.first_seen_at": at}, "$inc": {"version": 1}})

    def remove(self, workspace: str) -> bool:
        """Deletes the workspace itself. `Store.remove_workspace` deletes its records first."""
        return self.rows.delete_one({"_id": workspace}).deleted_count == 1

    def _values(self, query: Document, limit: int = 0) -> list[Workspace]:
        return [self._value_of(row) for row in self.rows.find(query, sort=[("_id", ASCENDING)], limit=limit)]

    def _value_of(self, row: Document) -> Workspace:
        known, lost = self._secrets.decrypted(row, row["_id"], row["_id"])
        lost_mail = tuple(path for path in lost if path.startswith("mail_"))
        return read_plain({**known, "lost_secrets": lost_mail}, Workspace)
