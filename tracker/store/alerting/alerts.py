"""The alerts of one workspace."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import IndexModel, UpdateOne

from tracker.domain.alerting.alert import Alert, AlertRule, AlertState
from tracker.store.core import time_ranges
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import BATCH, Records, from_document, insert_once, key_of, to_document

_DERIVED = ("title", "past", "text", "revision", "state", "withdrawn", "priority", "episode", "active_until")
"""What follows from the events; the other fields are kept once an alert is stored."""


class Alerts(Records[Alert]):
    """Written by workers, read by console, API and notifier."""

    collection = "alerts"
    indexes = (
        IndexModel([("ws", 1), ("at", -1), ("_id", -1)], name="workspace"),
        IndexModel([("ws", 1), ("rep", 1), ("at", -1), ("_id", -1)], name="rep"),
        IndexModel([("ws", 1), ("lead", 1), ("at", -1), ("_id", -1)], name="lead"),
        IndexModel([("ws", 1), ("rep", 1)], name="unseen", partialFilterExpression={"seen_at": None}),
    )
    kind = Alert

    def latest(self, *, limit: int = 50, before: datetime | None = None, lead: str | None = None) -> list[Alert]:
        """Newest first, of the workspace or of one lead."""
        query: Document = {**({"lead": lead} if lead else {}), **({"at": {"$lt": before}} if before else {})}
        return self.where(query, sort=[("at", -1)], limit=limit)

    def page(self, *, lead: str | None = None, for_rep: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Alert]:
        """One page, newest first: of the workspace, of one lead, or of those for a rep and for the team."""
        query: Document = {**({"lead": lead} if lead else {}), **({"rep": {"$in": [for_rep, None]}} if for_rep else {})}
        return page_of(self, query, sort="at", descending=True, cursor=cursor, limit=limit)

    def for_rep(self, rep: str, *, limit: int = 50) -> list[Alert]:
        """Newest first: the alerts of the rep and of the team, without withdrawn ones."""
        query = {"rep": {"$in": [rep, None]}, "state": {"$ne": AlertState.WITHDRAWN.value}}
        return self.where(query, sort=[("at", -1)], limit=limit)

    def of_leads_since(self, since: dict[str, datetime]) -> list[Alert]:
        """For each lead its alerts about events since the given moment."""
        query = self._since(since)
        rows = self.rows.find(query, batch_size=BATCH) if query else ()
        return [from_document(row, Alert) for row in rows if row["at"] >= since[row["lead"]]]

    def watched_causes(self, since: dict[str, datetime]) -> dict[str, frozenset[str]]:
        """By lead: the views since the given moment that have an alert of a watched page, withdrawn ones included."""
        query = self._since(since, rule=AlertRule.WATCHED_PAGE.value)
        found: dict[str, set[str]] = {}
        for row in self.rows.find(query, {"lead": 1, "cause": 1}, batch_size=BATCH) if query else ():
            found.setdefault(row["lead"], set()).add(row["cause"])
        return {lead: frozenset(causes) for lead, causes in found.items()}

    def _since(self, since: dict[str, datetime], **more: str) -> Document:
        parts = [
            {"ws": self.workspace, "lead": {"$in": leads}, "at": {"$gte": start}, **more}
            for start, leads in time_ranges.group_by_start(since).items()
        ]
        return {"$or": parts} if parts else {}

    def save(self, alerts: Iterable[Alert]) -> None:
        """Stores new alerts, and changes of text and state; leaves unchanged what is known of delivery and reading."""
        documents = [to_document(alert) for alert in alerts]
        # Most alerts of revision 0 are new, and an insert is several times cheaper than an upsert.
        known = [document for document in documents if document["revision"]]
        known += insert_once(self.rows, [document for document in documents if not document["revision"]])
        changes = []
        for document in known:
            derived = {name: document[name] for name in _DERIVED}
            first = {name: value for name, value in document.items() if name not in derived and name != "_id"}
            changes.append(UpdateOne({"_id": document["_id"]}, {"$set": derived, "$setOnInsert": first}, upsert=True))
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def seen(self, rep: str, now: datetime) -> None:
        """Marks the alerts of the rep and of the team as seen."""
        self.rows.update_many({"ws": self.workspace, "rep": {"$in": [rep, None]}, "seen_at": None}, {"$set": {"seen_at": now}})

    def hand_over(self, rep: str, to: str | None) -> None:
        """Gives the alerts that this rep has not seen to another one, or to the team."""
        self.rows.update_many({"ws": self.workspace, "rep": rep, "seen_at": None}, {"$set": {"rep": to}})

    def unsee(self, alerts: Iterable[str]) -> None:
        """Marks these alerts as not seen, because they became loud."""
        if keys := [key_of(self.workspace, alert) for alert in alerts]:
            self.rows.update_many({"_id": {"$in": keys}}, {"$set": {"seen_at": None}})

    def withdrawn_for(self, rep: str | None, since: datetime, *, limit: int) -> list[Alert]:
        """Withdrawn alerts about events since that moment, of the rep or (`rep` None) of the team, newest first."""
        query = {"rep": rep, "at": {"$gte": since}, "state": AlertState.WITHDRAWN.value}
        return self.where(query, sort=[("at", -1)], limit=limit)

    def note_times(self, alerts: Iterable[str], **times: datetime) -> None:
        """Sets those times of these alerts (first_try, delivered) that are still empty."""
        keys = [key_of(self.workspace, alert) for alert in alerts]
        empty = {f"times.{name}": {"$ifNull": [f"$times.{name}", moment]} for name, moment in times.items()}
        self.rows.update_many({"_id": {"$in": keys}}, [{"$set": empty}])
