"""The alerts of one workspace."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo import IndexModel, UpdateOne

from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Feedback
from tracker.store.core import time_ranges
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import BATCH, Records, from_document, insert_once, key_of, plain, to_document
from tracker.store.core.stamps import STAMP_INDEX, StampedRows

_DERIVED = ("title", "past", "text", "revision", "state", "withdrawn", "priority", "episode", "active_until", "others", "custom")
"""What follows from the events; the other fields are kept once an alert is stored."""
_MOST_OF_VISIT = 100
_OPEN: Document = {"done_at": None, "done_by": None, "snoozed_until": None, "keys": {"open": True, "shown": "$at"}}


class AlertView(StrEnum):
    """Which alerts of a rep and of the team a list has: open, unread or done ones."""

    MINE = "mine"
    UNREAD = "unread"
    DONE = "done"


class Alerts(Records[Alert]):
    """Written by workers, read by console, API and notifier."""

    collection = "alerts"
    indexes = (
        STAMP_INDEX,
        IndexModel([("ws", 1), ("at", -1), ("_id", -1)], name="workspace"),
        IndexModel([("ws", 1), ("rep", 1), ("at", -1), ("_id", -1)], name="rep"),
        IndexModel([("ws", 1), ("lead", 1), ("at", -1), ("_id", -1)], name="lead"),
        IndexModel([("ws", 1), ("others", 1)], name="others"),
        IndexModel([("ws", 1), ("rep", 1), ("keys.open", 1), ("keys.shown", -1), ("_id", -1)], name="box"),
        IndexModel([("ws", 1), ("rep", 1), ("keys.shown", -1), ("_id", -1)], name="unread", partialFilterExpression={"seen_at": None}),
        IndexModel([("rule", 1), ("at", 1), ("ws", 1)], name="untaken_of_all", partialFilterExpression={"taken_at": None, "done_at": None}),
    )
    kind = Alert

    def document_of(self, record: Alert) -> Document:
        """With the keys of `box`: whether it is not done, and the moment that orders it, which a snooze moves."""
        keys = {"open": record.done_at is None, "shown": max(record.at, record.snoozed_until or record.at)}
        return {**to_document(record), "keys": keys}

    def latest(self, *, limit: int = 50, before: datetime | None = None, lead: str | None = None) -> list[Alert]:
        """Newest first, of the workspace or of one lead."""
        query: Document = {**({"lead": self._of_lead(lead)} if lead else {}), **({"at": {"$lt": before}} if before else {})}
        return self.where(query, sort=[("at", -1)], limit=limit)

    def page(
        self, *, lead: str | None = None, reps: Collection[str | None] | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Alert]:
        """One page, newest first: of the workspace, of one lead, or of those for some reps (None among them: for the team)."""
        query: Document = {
            **({"lead": self._of_lead(lead)} if lead else {}),
            **({"rep": {"$in": _in_order(reps)}} if reps is not None else {}),
        }
        return page_of(self, query, sort="at", descending=True, cursor=cursor, limit=limit)

    def box(
        self, view: AlertView, rep: str | None, now: datetime, *, lead: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Alert]:
        """One page of the alerts for the rep and for the team, newest first, without snoozed ones; a snooze that has ended counts as new.

        The open ones, the unread ones among them, or those that are done. Without withdrawn ones.
        """
        query: Document = {"rep": {"$in": _in_order({rep, None})}, "snoozed_until": {"$not": {"$gt": now}}}
        if lead:
            query |= {"lead": self._of_lead(lead)}
        hidden = [AlertState.WITHDRAWN.value]
        if view is AlertView.UNREAD:
            query |= {"seen_at": None}
            hidden.append(AlertState.UNSURE.value)
        else:
            query |= {"keys.open": view is AlertView.MINE}
        query |= {"state": {"$nin": hidden}}
        return page_of(self, query, sort="keys.shown", descending=True, cursor=cursor, limit=limit)

    def of_visit(self, alert: Alert) -> list[Alert]:
        """The alerts of the same visit of the lead for the same receiver, with this one; of a test or an alarm only this one."""
        if not alert.lead or alert.state is AlertState.UNSURE:
            return [alert]
        found = self.where(
            {"lead": self._of_lead(alert.lead), "episode": alert.episode, "rep": alert.rep}, sort=[("at", -1)], limit=_MOST_OF_VISIT
        )
        return [one for one in found if one.state is not AlertState.UNSURE] or [alert]

    def of_leads_since(self, since: dict[str, datetime]) -> list[Alert]:
        """For each lead its alerts about events since the given moment, each with the lead that it was written for."""
        ids = self._lead_ids(since)
        query = self._since(_of_all(since, ids))
        rows = self.rows.find(query, batch_size=BATCH) if query else ()
        return [from_document(row, Alert) for row in rows if row["at"] >= since[ids[row["lead"]]]]

    def watched_causes(self, since: dict[str, datetime]) -> dict[str, frozenset[str]]:
        """By lead: the views since the given moment that have an alert of a watched page, withdrawn ones included."""
        ids = self._lead_ids(since)
        query = self._since(_of_all(since, ids), rule=AlertRule.WATCHED_PAGE.value)
        found: dict[str, set[str]] = {}
        for row in self.rows.find(query, {"lead": 1, "cause": 1}, batch_size=BATCH) if query else ():
            found.setdefault(ids[row["lead"]], set()).add(row["cause"])
        return {lead: frozenset(causes) for lead, causes in found.items()}

    def made_by_custom(self, since: dict[str, datetime]) -> dict[str, frozenset[str]]:
        """By event: the custom rules that made an alert of it, withdrawn ones included; of these leads' events since the given moment."""
        query = self._since(_of_all(since, self._lead_ids(since)), custom={"$gt": ""})
        found: dict[str, set[str]] = {}
        for row in self.rows.find(query, {"custom": 1, "cause": 1}, batch_size=BATCH) if query else ():
            found.setdefault(row["cause"], set()).add(row["custom"])
        return {cause: frozenset(rules) for cause, rules in found.items()}

    def usefulness(self, since: datetime, rep: str | None) -> dict[str, tuple[int, int, int]]:
        """By custom rule, else by shipped one: how many alerts about events since then stand, were useful, and were useful or not.

        Of one rep, or (None) of all. Without a rating, one that someone took was useful.
        """
        query = {"ws": self.workspace, "at": {"$gte": since}, "state": {"$nin": [AlertState.WITHDRAWN.value, AlertState.UNSURE.value]}}
        rated = {"$ifNull": ["$feedback.useful", {"$cond": [{"$ifNull": ["$taken_at", False]}, True, None]}]}
        group = {
            "_id": {"$ifNull": ["$custom", "$rule"]},
            "alerts": {"$sum": 1},
            "useful": {"$sum": {"$cond": [{"$eq": ["$rated", True]}, 1, 0]}},
            "rated": {"$sum": {"$cond": [{"$eq": ["$rated", None]}, 0, 1]}},
        }
        own = {"rep": rep} if rep else {}
        steps: list[Document] = [{"$match": query | own}, {"$project": {"custom": 1, "rule": 1, "rated": rated}}, {"$group": group}]
        return {row["_id"]: (row["alerts"], row["useful"], row["rated"]) for row in self.rows.aggregate(steps)}

    def _since(self, since: dict[str, datetime], **more: object) -> Document:
        parts = [
            {"ws": self.workspace, "lead": {"$in": leads}, "at": {"$gte": start}, **more}
            for start, leads in time_ranges.group_by_start(since).items()
        ]
        return {"$or": parts} if parts else {}

    def save(self, alerts: Iterable[Alert]) -> None:
        """Stores new alerts, and changes of text and state; leaves unchanged what is known of delivery and reading."""
        documents = [self.document_of(alert) for alert in alerts]
        # Most alerts of revision 0 are new, and an insert is several times cheaper than an upsert.
        known = [document for document in documents if document["revision"]]
        known += insert_once(self._followed, [document for document in documents if not document["revision"]])
        changes = []
        for document in known:
            derived = {name: document[name] for name in _DERIVED}
            first = {name: value for name, value in document.items() if name not in derived and name != "_id"}
            changes.append(UpdateOne({"_id": document["_id"]}, {"$set": derived, "$setOnInsert": first}, upsert=True))
        if changes:
            self._followed.bulk_write(changes, ordered=False)

    def seen(self, rep: str, now: datetime) -> None:
        """Marks the alerts of the rep and of the team as seen, without snoozed ones."""
        query: Document = {"ws": self.workspace, "rep": {"$in": [rep, None]}, "seen_at": None, "snoozed_until": {"$not": {"$gt": now}}}
        self.rows.update_many(query, {"$set": {"seen_at": now}})

    def finish(self, alerts: Iterable[str], now: datetime, rep: str | None) -> None:
        """Marks these as done and seen, and ends their snooze. Of one that is done already, who did it first is kept."""
        values: Document = {
            "done_by": {"$cond": [{"$ifNull": ["$done_at", False]}, "$done_by", {"$literal": rep}]},
            "done_at": {"$ifNull": ["$done_at", now]},
            "seen_at": {"$ifNull": ["$seen_at", now]},
            "keys": {"open": False, "shown": "$at"},
            "snoozed_until": None,
        }
        self.rows.update_many({"_id": {"$in": self._keys(alerts)}}, [{"$set": values}])

    def take(self, alerts: Iterable[str], now: datetime, rep: str | None) -> list[Alert]:
        """Notes that a rep (None: a program) deals with these; returns those that no one had taken or done before, as they are now."""
        keys = self._keys(alerts)
        values = {"taken_at": now, "taken_by": rep}
        free: Document = {"taken_at": None, "done_at": None}
        taken = [
            key for key in keys if self._followed.update_one({"_id": key, **free}, {"$set": values, "$inc": {"revision": 1}}).modified_count
        ]
        return [from_document(row, Alert) for row in self.rows.find({"_id": {"$in": taken}})]

    def untaken(self, lead: str, since: datetime) -> list[str]:
        """The ids of the lead's standing alerts about events since then that no one has taken or done."""
        query = {"ws": self.workspace, "lead": self._of_lead(lead), "at": {"$gte": since}, "taken_at": None, "done_at": None}
        found = self.rows.find({**query, "state": AlertState.STANDING.value}, {"_id": 1}, limit=_MOST_OF_VISIT)
        return [row["_id"].partition(":")[2] for row in found]

    def waiting(self, since: datetime, until: datetime, *, limit: int) -> list[Alert]:
        """Standing alerts of inquiries and replies about events of that time, both ends included, that no one has taken or done; oldest first."""
        rules = [AlertRule.FORM.value, AlertRule.REPLY.value]
        query: Document = {"at": {"$gte": since, "$lte": until}, "rule": {"$in": rules}, "state": AlertState.STANDING.value}
        return self.where({**query, "taken_at": None, "done_at": None}, sort=[("at", 1)], limit=limit)

    def see(self, alerts: Iterable[str], now: datetime) -> None:
        """Marks these as seen, as they are."""
        self.rows.update_many({"_id": {"$in": self._keys(alerts)}, "seen_at": None}, {"$set": {"seen_at": now}})

    def mark(self, alerts: Iterable[str], *, seen_at: datetime | None) -> None:
        """Opens these again where they are done, as if no one had taken them; ends their snooze, and marks them as read then, or as unread."""
        keys = self._keys(alerts)
        self._followed.update_many({"_id": {"$in": keys}, "done_at": {"$ne": None}}, {"$set": {"taken_at": None, "taken_by": None}})
        self.rows.update_many({"_id": {"$in": keys}}, [{"$set": {**_OPEN, "seen_at": seen_at}}])

    def snooze(self, alerts: Iterable[str], until: datetime) -> None:
        """Hides these until that moment; then they are unread."""
        values: Document = {**_OPEN, "seen_at": None, "snoozed_until": until, "keys": {"open": True, "shown": {"$max": ["$at", until]}}}
        self.rows.update_many({"_id": {"$in": self._keys(alerts)}}, [{"$set": values}])

    def rate(self, alerts: Iterable[str], feedback: Feedback | None) -> None:
        """Stores whether these were useful; None takes it back."""
        self._followed.update_many({"_id": {"$in": self._keys(alerts)}}, {"$set": {"feedback": plain(feedback)}})

    @property
    def _followed(self) -> Any:
        """The same collection; reports follow what is written by it. The other writes change nothing that reports count."""
        return StampedRows(self.rows)

    def _keys(self, alerts: Iterable[str]) -> list[str]:
        return [key_of(self.workspace, alert) for alert in alerts]

    def hand_over(self, rep: str, to: str | None) -> None:
        """Gives the alerts that this rep has not seen to another one, or to the team."""
        self._followed.update_many({"ws": self.workspace, "rep": rep, "seen_at": None}, {"$set": {"rep": to}})

    def unsee(self, alerts: Iterable[str]) -> None:
        """Marks these alerts as not seen, neither done nor snoozed, because they became loud."""
        if keys := self._keys(alerts):
            self.rows.update_many({"_id": {"$in": keys}}, [{"$set": {**_OPEN, "seen_at": None}}])

    def withdrawn_for(self, rep: str | None, since: datetime, *, limit: int) -> list[Alert]:
        """Withdrawn alerts about events since that moment, of the rep or (`rep` None) of the team, newest first."""
        query = {"rep": rep, "at": {"$gte": since}, "state": AlertState.WITHDRAWN.value}
        return self.where(query, sort=[("at", -1)], limit=limit)

    def note_times(self, alerts: Iterable[str], **times: datetime) -> None:
        """Sets those times of these alerts (first_try, delivered) that are still empty."""
        empty = {f"times.{name}": {"$ifNull": [f"$times.{name}", moment]} for name, moment in times.items()}
        self.rows.update_many({"_id": {"$in": self._keys(alerts)}}, [{"$set": empty}])


def _of_all(since: Mapping[str, datetime], ids: Mapping[str, str]) -> dict[str, datetime]:
    """The moments by every id under which these leads have alerts."""
    return {lead: since[asked] for lead, asked in ids.items()}


def _in_order(reps: Collection[str | None]) -> list[str | None]:
    return sorted(reps, key=lambda rep: rep or "")
