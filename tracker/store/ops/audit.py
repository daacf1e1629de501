"""The audit log of one workspace: entries are never changed, and removed after RETENTION or with the workspace."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.ops.audit import ActorKind, AuditAction, AuditEntry
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Records

RETENTION = timedelta(days=400)
"""How long an entry is stored: 13 months, so that a yearly review covers the whole year. Entries hold IP addresses, so they expire."""

_NEWEST = (("at", DESCENDING), ("_id", DESCENDING))


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are wanted; empty fields do not filter."""

    actions: tuple[AuditAction, ...] = ()
    who: str | None = None
    """A rep's id, a key's id, or another kind of actor, such as `operator`."""
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


class AuditLog(Records[AuditEntry]):
    """The entries of one workspace. Called by actions."""

    collection = "audit"
    indexes = (
        IndexModel([("ws", ASCENDING), *_NEWEST]),
        IndexModel([("ws", ASCENDING), ("who", ASCENDING), *_NEWEST]),
        IndexModel([("ws", ASCENDING), ("action", ASCENDING), *_NEWEST]),
        IndexModel([("ws", ASCENDING), ("who", ASCENDING), ("action", ASCENDING), *_NEWEST]),
        IndexModel([("ws", ASCENDING), ("subject", ASCENDING)], name="subject"),
        IndexModel(
            [("ws", ASCENDING), ("details.lead", ASCENDING)], name="lead", partialFilterExpression={"details.lead": {"$exists": True}}
        ),
        IndexModel(
            [("ws", ASCENDING), ("details.lead_id", ASCENDING)],
            name="lead_id",
            partialFilterExpression={"details.lead_id": {"$exists": True}},
        ),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    )
    kind = AuditEntry

    def document_of(self, record: AuditEntry) -> Document:
        """With `who`, the actor for queries, and the time at which MongoDB removes the entry."""
        who = record.actor.id if record.actor.kind in (ActorKind.REP, ActorKind.KEY) else record.actor.kind.value
        return {**super().document_of(record), "who": who, "expires_at": record.at + RETENTION}

    def page(self, query: AuditQuery, *, cursor: str | None = None, limit: int = 50) -> Page[AuditEntry]:
        """One page, newest first. Raises Invalid for a cursor that is not of this list."""
        return page_of(self, _condition(query), sort="at", descending=True, cursor=cursor, limit=limit)

    def latest(self, query: AuditQuery, *, limit: int) -> Iterable[AuditEntry]:
        """The newest entries, newest first."""
        return self.where(_condition(query), sort=list(_NEWEST), limit=limit)


def _condition(query: AuditQuery) -> Document:
    found: Document = {}
    if query.actions:
        found["action"] = {"$in": [action.value for action in query.actions]}
    if query.who:
        found["who"] = query.who
    span = {name: at for name, at in (("$gte", query.since), ("$lt", query.until)) if at is not None}
    return {**found, "at": span} if span else found
