"""Sessions, one-time sign-in links and counted tries, across workspaces: found by a token's hash before anything else is known."""

from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.database import Database

from tracker.domain.access import Session, SignInLink
from tracker.store.records import Document, plain, read_plain

INDEXES = {
    "sessions": [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("workspace", ASCENDING), ("rep", ASCENDING)]),
    ],
    "sign_in_links": [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("workspace", ASCENDING), ("rep", ASCENDING)]),
    ],
    "tries": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)],
}


class Sessions:
    """Signed-in browsers, sign-in links, and how often somebody tried."""

    def __init__(self, database: Database[Document]) -> None:
        self.rows = database["sessions"]
        self.links = database["sign_in_links"]
        self.tries = database["tries"]

    def add(self, session: Session) -> Session:
        """Keeps a new session."""
        self.rows.insert_one(_document(session))
        return session

    def find(self, token_hash: str, now: datetime) -> Session | None:
        """The session of a cookie, unless it is over."""
        row = self.rows.find_one({"_id": token_hash, "expires_at": {"$gt": now}})
        return read_plain(row, Session) if row else None

    def seen(self, token_hash: str, now: datetime, expires_at: datetime) -> None:
        """Keeps a session alive."""
        self.rows.update_one({"_id": token_hash}, {"$set": {"seen_at": now, "expires_at": expires_at}})

    def enter(self, token_hash: str, workspace: str, rep: str) -> None:
        """The same browser goes on in another workspace, as the rep it has there."""
        self.rows.update_one({"_id": token_hash}, {"$set": {"workspace": workspace, "rep": rep}})

    def end(self, token_hash: str) -> None:
        """Signs this browser out."""
        self.rows.delete_one({"_id": token_hash})

    def end_all(self, workspace: str, rep: str, *, but: str | None = None) -> int:
        """Signs every browser of the rep out, except maybe one; how many."""
        query: Document = {"workspace": workspace, "rep": rep}
        if but is not None:
            query["_id"] = {"$ne": but}
        return self.rows.delete_many(query).deleted_count

    def add_link(self, link: SignInLink) -> None:
        """Keeps a sign-in link; older ones of the rep no longer work."""
        self.links.delete_many({"workspace": link.workspace, "rep": link.rep})
        self.links.insert_one(_document(link))

    def peek_link(self, token_hash: str, now: datetime) -> SignInLink | None:
        """The link, if it can still be used; does not use it."""
        row = self.links.find_one({"_id": token_hash, "expires_at": {"$gt": now}})
        return read_plain(row, SignInLink) if row else None

    def use_link(self, token_hash: str, now: datetime) -> SignInLink | None:
        """Uses the link up: of two who come at once, one gets it."""
        row = self.links.find_one_and_delete({"_id": token_hash})
        link = read_plain(row, SignInLink) if row else None
        return link if link and link.expires_at > now else None

    def count_try(self, name: str, now: datetime, window: timedelta) -> int:
        """Counts one more try under that name; how many there were since the window began with the first."""
        slot = int(now.timestamp() // window.total_seconds())
        row = self.tries.find_one_and_update(
            {"_id": f"{name}:{slot}"},
            {"$inc": {"n": 1}, "$setOnInsert": {"expires_at": now + window * 2}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return int(row["n"]) if row else 1

    def tries_of(self, name: str, now: datetime, window: timedelta) -> int:
        """How many tries were counted under that name in the window that is now."""
        row = self.tries.find_one({"_id": f"{name}:{int(now.timestamp() // window.total_seconds())}"})
        return int(row["n"]) if row else 0


def _document(value: Session | SignInLink) -> Document:
    document: Document = plain(value)
    return {"_id": document.pop("id"), **document}
