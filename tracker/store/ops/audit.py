"""The audit log of one workspace: written once, read newest first, removed after RETENTION or with the workspace."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database

from tracker.domain.ops.audit import ActorKind, AuditAction, AuditEntry
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Document, Records

RETENTION = timedelta(days=400)
"""How long an entry stays: a year and a month, so that a yearly review finds the whole year. It holds IP addresses, so it ends."""

_NEWEST = (("at", DESCENDING), ("_id", DESCENDING))
INDEXES = {
    "audit": [
        IndexModel([("ws", ASCENDING), *_NEWEST]),
        IndexModel([("ws", ASCENDING), ("who", ASCENDING), *_NEWEST]),
        IndexModel([("ws", ASCENDING), ("action", ASCENDING), *_NEWEST]),
        IndexModel([("ws", ASCENDING), ("who", ASCENDING), ("action", ASCENDING), *_NEWEST]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]
}


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are wanted; empty fields narrow nothing."""

    actions: tuple[AuditAction, ...] = ()
    who: str | None = None
    """A rep's id, a key's id, or another kind of actor, such as `operator`."""
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


class Audit(Records[AuditEntry]):
    """The entries of one workspace, in the order of what was done."""

    def __init__(self, database: Database[Document], workspace: str) -> None:
        super().__init__(database["audit"], workspace, AuditEntry)

    def document_of(self, record: AuditEntry) -> Document:
        """With `who`, by which entries are found, and the moment at which MongoDB removes it."""
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
