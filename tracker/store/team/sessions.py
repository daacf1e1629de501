"""Sessions: signed-in browsers, across workspaces."""

from collections.abc import Collection
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.team.session import Session
from tracker.store.core.client import Document
from tracker.store.core.records import read_plain, to_plain_document
from tracker.store.core.repository import Repository


class Sessions(Repository):
    """By the hash of the cookie's token. Called by actions."""

    collection = "sessions"
    indexes = (
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("workspace", ASCENDING), ("rep", ASCENDING)]),
        IndexModel([("person", ASCENDING)]),
    )
    person_field = "person"

    def add(self, session: Session) -> Session:
        """Stores a new session."""
        self.rows.insert_one(to_plain_document(session))
        return session

    def find(self, token_hash: str, now: datetime) -> Session | None:
        """The session of a cookie, unless it has expired."""
        row = self.rows.find_one({"_id": token_hash, "expires_at": {"$gt": now}, "person": {"$exists": True}})
        return read_plain(row, Session) if row else None

    def lasting(self, token_hashes: Collection[str], now: datetime, created_since: datetime) -> set[str]:
        """Those of these sessions that are not over, and were started since then."""
        query = {"_id": {"$in": list(token_hashes)}, "expires_at": {"$gt": now}, "created_at": {"$gte": created_since}}
        return {str(row["_id"]) for row in self.rows.find(query, {"_id": 1})}

    def seen(self, token_hash: str, now: datetime, expires_at: datetime, address: str) -> None:
        """Records the use of a session and the address it came from, and extends it."""
        self.rows.update_one({"_id": token_hash}, {"$set": {"seen_at": now, "expires_at": expires_at, "address": address}})

    def addresses_of(self, workspace: str, since: datetime) -> set[str]:
        """The addresses from which browsers used the workspace's console last, of all sessions that were used since then."""
        rows = self.rows.find({"workspace": workspace, "seen_at": {"$gte": since}}, {"address": 1}, limit=1000)
        return {row["address"] for row in rows if row.get("address")}

    def enter(self, token_hash: str, workspace: str, rep: str, *, home: str = "") -> None:
        """Moves the session to another workspace, as the rep that the person has there."""
        self.rows.update_one({"_id": token_hash}, {"$set": {"workspace": workspace, "rep": rep, "home": home}})

    def confirm(self, token_hash: str, now: datetime, *, is_whole_person: bool = False) -> None:
        """Records that a password or link was given just now; `is_whole_person` removes the limit to one workspace."""
        values: Document = {"confirmed_at": now} | ({"limited_to": ""} if is_whole_person else {})
        self.rows.update_one({"_id": token_hash}, {"$set": values})

    def end(self, token_hash: str) -> bool:
        """Signs the browser out; returns whether it was signed in."""
        return self.rows.delete_one({"_id": token_hash}).deleted_count == 1

    def end_all(self, workspace: str, rep: str, *, but: str | None = None) -> int:
        """Signs out every browser of the rep, except `but`; returns how many. Browsers with a `home` are excluded: they return to it."""
        return self._end({"workspace": workspace, "rep": rep, "home": {"$in": ["", None]}}, but)

    def end_person(self, person: str, *, but: str | None = None) -> int:
        """Signs out every browser of the person, in all workspaces, except `but`; returns how many."""
        return self._end({"person": person}, but)

    def _end(self, query: Document, but: str | None) -> int:
        return self.rows.delete_many(query | ({"_id": {"$ne": but}} if but is not None else {})).deleted_count

    def workspaces_of(self, person: str) -> set[str]:
        """The workspaces in which browsers of the person are signed in."""
        return {str(row["workspace"]) for row in self.rows.find({"person": person}, {"workspace": 1}, limit=1000)}
