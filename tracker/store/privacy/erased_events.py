"""Removal of the events and visits of an erased lead, batch by batch, with what is found through them. Called by erasure_rules."""

from collections.abc import Iterable
from typing import Any

from pymongo.database import Database

from tracker.base.ids import id_of
from tracker.domain.activity.event import EventKind
from tracker.store.core.client import Document
from tracker.store.core.records import aware, key_of
from tracker.store.reports.event_days import mark_days
from tracker.store.reports.visit_days import stamp_days

_BATCH = 500


def remove_events(database: Database[Document], collection: str, workspace: str, query: Document, texts: tuple[str, ...]) -> None:
    """Removes the events that match; before each batch the claims on its clicks, the dwell of its pages, and fingerprints with a text."""
    while rows := list(database[collection].find(query, {"k": 1, "v": 1, "g": 1, "p": 1, "t": 1}, limit=_BATCH)):
        clicks = [row["_id"][8:].hex() for row in rows if row["k"] == EventKind.CLICK.value]
        if clicks:
            database["claims"].delete_many({"ws": workspace, "click": {"$in": clicks}})
        _remove_dwell(database, workspace, ((row["v"], row["g"]) for row in rows if "v" in row and "g" in row))
        _remove_fingerprints(database, {row["p"] for row in rows if "p" in row}, texts)
        moments = [(workspace, aware(row["t"])) for row in rows]
        own = {"w": bytes.fromhex(workspace), "_id": {"$in": [row["_id"] for row in rows]}}
        mark_days(database, moments)
        database[collection].delete_many(own)
        mark_days(database, moments)


def remove_visits(database: Database[Document], collection: str, workspace: str, query: Document) -> None:
    """Removes the visits that match, after the dwell of their pages."""
    while rows := list(database[collection].find(query, {"visitor": 1, "pages.page": 1, "lead": 1, "started_at": 1}, limit=_BATCH)):
        _remove_dwell(database, workspace, ((row["visitor"], page["page"]) for row in rows for page in row["pages"] if page.get("page")))
        database[collection].delete_many({"ws": workspace, "_id": {"$in": [row["_id"] for row in rows]}})
        stamp_days(database, workspace, (aware(row["started_at"]) for row in rows if not row.get("lead")))


def _remove_dwell(database: Database[Document], workspace: str, pages: Iterable[tuple[str, str]]) -> None:
    keys = [key_of(workspace, id_of(visitor, page)) for visitor, page in set(pages)]
    if keys:
        database["dwell"].delete_many({"ws": workspace, "_id": {"$in": keys}})


def _remove_fingerprints(database: Database[Document], keys: set[Any], texts: tuple[str, ...]) -> None:
    """Those whose headers, such as a referrer, contain the address or name: no one else sends them."""
    if not keys or not texts:
        return
    rows = database["prints"].find({"_id": {"$in": list(keys)}})
    gone = [row["_id"] for row in rows if any(text in str(row) for text in texts)]
    if gone:
        database["prints"].delete_many({"_id": {"$in": gone}})
