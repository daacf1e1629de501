"""Sessions, one-time sign-in links and counted tries, across workspaces: found by a token's hash before anything else is known."""

from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from tracker.domain.team.session import Session
from tracker.domain.team.sign_in_link import LinkKind, SignInLink
from tracker.store.core.records import Document, aware, plain, read_plain

INDEXES = {
    "sessions": [
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel([("workspace", ASCENDING), ("rep", ASCENDING)]),
        IndexModel([("person", ASCENDING)]),
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
        row = self.rows.find_one({"_id": token_hash, "expires_at": {"$gt": now}, "person": {"$exists": True}})
        return read_plain(row, Session) if row else None

    def seen(self, token_hash: str, now: datetime, expires_at: datetime) -> None:
        """Keeps a session alive."""
        self.rows.update_one({"_id": token_hash}, {"$set": {"seen_at": now, "expires_at": expires_at}})

    def enter(self, token_hash: str, workspace: str, rep: str, *, home: str = "") -> None:
        """The same browser goes on in another workspace, as the rep it has there."""
        self.rows.update_one({"_id": token_hash}, {"$set": {"workspace": workspace, "rep": rep, "home": home}})

    def confirm(self, token_hash: str, now: datetime, *, is_whole_person: bool = False) -> None:
        """Notes that a password or link was given just now; `is_whole_person` lifts the limit to one workspace."""
        values: Document = {"confirmed_at": now} | ({"limited_to": ""} if is_whole_person else {})
        self.rows.update_one({"_id": token_hash}, {"$set": values})

    def end(self, token_hash: str) -> bool:
        """Signs this browser out; whether it was signed in."""
        return self.rows.delete_one({"_id": token_hash}).deleted_count == 1

    def end_all(self, workspace: str, rep: str, *, but: str | None = None) -> int:
        """Signs every browser out that is this rep now, except maybe one; how many. One that has a home goes there by itself."""
        return self._end({"workspace": workspace, "rep": rep, "home": {"$in": ["", None]}}, but)

    def end_person(self, person: str, *, but: str | None = None) -> int:
        """Signs every browser of the person out, in all their workspaces, except maybe one; how many."""
        return self._end({"person": person}, but)

    def _end(self, query: Document, but: str | None) -> int:
        return self.rows.delete_many(query | ({"_id": {"$ne": but}} if but is not None else {})).deleted_count

    def workspaces_of(self, person: str) -> set[str]:
        """Where browsers of the person are now."""
        return {str(row["workspace"]) for row in self.rows.find({"person": person}, {"workspace": 1}, limit=1000)}

    def add_link(self, link: SignInLink) -> None:
        """Keeps a sign-in link. Older ones of the same kind for the rep stop working, but for mailed ones: anybody may ask for those."""
        if link.kind is not LinkKind.MAILED:
            self.links.delete_many({"workspace": link.workspace, "rep": link.rep, "kind": link.kind.value})
        self.links.insert_one(_document(link))

    def end_links(self, workspace: str, rep: str) -> None:
        """No link signs the rep in any more."""
        self.links.delete_many({"workspace": workspace, "rep": rep})

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
        row = self.tries.find_one_and_update(
            {"_id": _slot(name, now, window)},
            {"$inc": {"n": 1}, "$setOnInsert": {"expires_at": now + window * 2}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return int(row["n"]) if row else 1

    def give_back_try(self, name: str, now: datetime, window: timedelta) -> None:
        """Takes one try back that turned out to be right."""
        self.tries.update_one({"_id": _slot(name, now, window)}, {"$inc": {"n": -1}})

    def remember(self, name: str, expires_at: datetime) -> None:
        """Keeps a name until then, for `is_remembered`."""
        self.tries.update_one({"_id": name}, {"$set": {"expires_at": expires_at}}, upsert=True)

    def is_remembered(self, name: str, now: datetime) -> bool:
        """Whether the name was kept and its time is not over."""
        return self.tries.find_one({"_id": name, "expires_at": {"$gt": now}}, {"_id": 1}) is not None

    def take_turn(self, name: str, now: datetime, spacing: timedelta, longest: timedelta) -> datetime | None:
        """The next free moment under that name, `spacing` after the one before; None where it is more than `longest` away."""
        free = {"$max": [now, {"$ifNull": ["$free_at", now]}]}
        update: list[Document] = [
            {"$set": {"turn": free}},
            {"$set": {"free_at": {"$add": ["$turn", spacing / timedelta(milliseconds=1)]}, "expires_at": now + timedelta(days=1)}},
        ]
        query = {"_id": name, "$or": [{"free_at": {"$lte": now + longest}}, {"free_at": {"$exists": False}}]}
        try:
            row = self.tries.find_one_and_update(query, update, upsert=True, return_document=ReturnDocument.AFTER)
        except DuplicateKeyError:
            return None
        return aware(row["turn"]) if row else None


def _slot(name: str, now: datetime, window: timedelta) -> str:
    return f"{name}:{int(now.timestamp() // window.total_seconds())}"


def _document(value: Session | SignInLink) -> Document:
    document: Document = plain(value)
    return {"_id": document.pop("id"), **document}
