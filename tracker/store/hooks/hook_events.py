"""Events for webhooks: those of one workspace, and the queue of all that are due."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from tracker.base.ids import id_of
from tracker.domain.alerting.delivery import MOST_TRIES_KEPT, DeliveryState, DeliveryTry
from tracker.domain.hooks.hook_event import HookEvent
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Records, from_document, insert_once, key_of, plain, to_document
from tracker.store.core.repository import Repository

HOOK_EVENTS_KEPT = timedelta(days=30)
_LEASE = timedelta(seconds=45)
"""A claimed event whose notifier died is due again after this; longer than a try takes."""
_OPEN = [DeliveryState.DUE.value, DeliveryState.SENDING.value]
_OVER = [DeliveryState.FAILED.value, DeliveryState.CANCELLED.value]
_ORDER = [("due_at", ASCENDING), ("created_at", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]
_MOST_AGAIN = 10_000


class HookKey(NamedTuple):
    """One webhook of one workspace."""

    workspace: str
    hook: str


class HookEvents(Records[HookEvent]):
    """Written by workers and actions before anything is sent."""

    collection = "hook_events"
    indexes = (
        IndexModel([("ws", ASCENDING), ("hook", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)], name="log"),
        IndexModel([("ws", ASCENDING), ("leads", ASCENDING)], name="leads"),
        IndexModel([("created_at", ASCENDING)], name="expiry", expireAfterSeconds=int(HOOK_EVENTS_KEPT.total_seconds())),
    )
    kind = HookEvent
    is_in_backup = False

    def known(self, ids: Iterable[str]) -> set[str]:
        """Which of these rows exist."""
        keys = [key_of(self.workspace, one) for one in ids]
        return {row["_id"].partition(":")[2] for row in self.rows.find({"_id": {"$in": keys}}, {"_id": 1})}

    def add_once_each(self, rows: Iterable[HookEvent]) -> None:
        """Stores new rows; those that exist stay as they are."""
        insert_once(self.rows, [to_document(row) for row in rows])

    def log_of(self, hook: str, *, cursor: str | None = None, limit: int = 50) -> Page[HookEvent]:
        """One page of the events for a webhook, the latest first."""
        return page_of(self, {"hook": hook}, sort="created_at", descending=True, cursor=cursor, limit=limit)

    def find_event(self, hook: str, event: str) -> HookEvent | None:
        """The row of an event for a webhook."""
        return self.find(id_of(hook, event))

    def send_again(self, hook: str, since: datetime, now: datetime, tried: DeliveryTry, *, with_delivered: bool) -> int:
        """Makes events due that were not taken, oldest first, or all; returns how many. Those that wait for a try are due now."""
        states = [*_OVER, DeliveryState.DUE.value, *([DeliveryState.DELIVERED.value] if with_delivered else [])]
        query = {"ws": self.workspace, "hook": hook, "created_at": {"$gte": since}, "state": {"$in": states}}
        keys = [row["_id"] for row in self.rows.find(query, {"_id": 1}, sort=[("created_at", ASCENDING)], limit=_MOST_AGAIN)]
        values = {"state": DeliveryState.DUE.value, "due_at": now, "attempts": 0, "first_try_at": None, "error": None}
        push = {"tries": {"$each": [plain(tried)], "$slice": -MOST_TRIES_KEPT}}
        matching = {"_id": {"$in": keys}, "state": {"$in": states}}
        return self.rows.update_many(matching, {"$set": values, "$push": push}).modified_count if keys else 0

    def send_one_again(self, row: str, now: datetime, tried: DeliveryTry) -> bool:
        """Makes an event due again that was not taken; whether it was one."""
        values = {"state": DeliveryState.DUE.value, "due_at": now, "attempts": 0, "first_try_at": None, "error": None}
        push = {"tries": {"$each": [plain(tried)], "$slice": -MOST_TRIES_KEPT}}
        query = {"_id": key_of(self.workspace, row), "state": {"$in": _OVER}}
        return self.rows.update_one(query, {"$set": values, "$push": push}).modified_count == 1

    def end(self, hook: str, reason: str) -> None:
        """Gives up all events that wait for a webhook."""
        query = {"ws": self.workspace, "hook": hook, "state": DeliveryState.DUE.value}
        self.rows.update_many(query, {"$set": {"state": DeliveryState.FAILED.value, "error": reason}})

    def remove_of(self, hook: str) -> None:
        """Deletes all events for a webhook."""
        self.rows.delete_many({"ws": self.workspace, "hook": hook})


class HookQueue(Repository):
    """The rows of `HookEvents`, across workspaces. Called by the notifier."""

    collection = "hook_events"
    indexes = (IndexModel([("state", ASCENDING), *_ORDER], name="next"),)
    is_in_backup = False

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the events of one workspace."""
        return {"ws": workspace}

    def claim(self, now: datetime, *, skip: Iterable[HookKey] = ()) -> HookEvent | None:
        """Claims the event that has been due longest for any other webhook, counting the try; an expired lease is due again."""
        row = self.rows.find_one_and_update(
            {"state": {"$in": _OPEN}, "due_at": {"$lte": now}, **_not_for(skip)},
            {"$set": {"state": DeliveryState.SENDING.value, "due_at": now + _LEASE}, "$inc": {"attempts": 1}},
            sort=_ORDER,
            return_document=ReturnDocument.AFTER,
        )
        return from_document(row, HookEvent) if row else None

    def next_due(self, *, skip: Iterable[HookKey] = ()) -> datetime | None:
        """When the next event for any other webhook is due, or a lease expires; may be in the past."""
        row = self.rows.find_one({"state": {"$in": _OPEN}, **_not_for(skip)}, {"due_at": 1}, sort=_ORDER)
        return row["due_at"] if row else None

    def is_due(self, now: datetime) -> bool:
        """Whether any event can be claimed now."""
        return self.rows.find_one({"state": {"$in": _OPEN}, "due_at": {"$lte": now}}, {"_id": 1}) is not None

    def finish(self, event: HookEvent, *, tried: DeliveryTry | None = None, **values: object) -> None:
        """Writes the result of a claimed event, and the try to its log."""
        changes: Document = {"$set": {name: plain(value) for name, value in values.items()}}
        if tried is not None:
            changes["$push"] = {"tries": {"$each": [plain(tried)], "$slice": -MOST_TRIES_KEPT}}
        self.rows.update_one({"_id": key_of(event.workspace, event.id), "ws": event.workspace}, changes)

    def hold(self, key: HookKey, until: datetime) -> None:
        """Delays all due events for a webhook; they keep their order."""
        query = {"ws": key.workspace, "hook": key.hook, "state": DeliveryState.DUE.value, "due_at": {"$lt": until}}
        self.rows.update_many(query, {"$set": {"due_at": until}})


def _not_for(hooks: Iterable[HookKey]) -> Document:
    others = [{"ws": key.workspace, "hook": key.hook} for key in hooks]
    return {"$nor": others} if others else {}
