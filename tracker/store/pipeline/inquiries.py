"""The inquiries of one workspace. Written by workers and actions; their ids are those of their events."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from tracker.domain.leads.inquiry import Inquiry
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import insert_once, key_of, plain
from tracker.store.core.stamps import STAMP_INDEX
from tracker.store.merged_ids import as_asked
from tracker.store.pipeline.lead_records import LeadRecords

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_OPEN: Document = {"answered_at": None, "withdrawn_at": None, "is_silent": False}
_OF_OPEN: Document = {"is_open": True}
_NEWEST = [("at", DESCENDING), ("_id", DESCENDING)]


class Inquiries(LeadRecords[Inquiry]):
    """`is_open` is kept beside the values, for an index that holds only inquiries whose clock runs."""

    collection = "inquiries"
    is_stamped = True
    indexes = (
        STAMP_INDEX,
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name="lead"),
        IndexModel([("ws", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)], name="at"),
        IndexModel([("ws", ASCENDING), ("due_at", ASCENDING)], partialFilterExpression=_OF_OPEN, name="open"),
        IndexModel([("due_at", ASCENDING), ("ws", ASCENDING)], partialFilterExpression=_OF_OPEN, name="open_of_all"),
    )
    kind = Inquiry

    def document_of(self, record: Inquiry) -> Document:
        """With `is_open`."""
        return super().document_of(record) | {"is_open": record.is_open}

    def value_of(self, document: Document) -> Inquiry:
        """Without `is_open`."""
        document.pop("is_open", None)
        return super().value_of(document)

    def of_leads(self, leads: Iterable[str]) -> list[Inquiry]:
        """All inquiries of several leads in one query, each with the lead that it was written for. Called by workers."""
        return self.where({"lead": {"$in": list(self._lead_ids(leads))}})

    def of_lead(self, lead: str, limit: int = 200) -> list[Inquiry]:
        """Newest first."""
        return self.where({"lead": self._of_lead(lead)}, sort=_NEWEST, limit=limit)

    def latest_of(self, leads: Iterable[str], limit: int = 50) -> list[Inquiry]:
        """Of several leads together, newest first."""
        ids = self._lead_ids(leads)
        return as_asked(self.where({"lead": {"$in": list(ids)}}, sort=_NEWEST, limit=limit), ids)

    def page(self, *, lead: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Inquiry]:
        """Newest first."""
        return page_of(self, {"lead": self._of_lead(lead)} if lead else {}, sort="at", descending=True, cursor=cursor, limit=limit)

    def open(self, *, due_after: datetime = _FIRST, limit: int = 200) -> list[Inquiry]:
        """Those whose clock runs, the most urgent first; due after this moment."""
        return self.where({**_OF_OPEN, "due_at": {"$gt": due_after}}, sort=[("due_at", ASCENDING)], limit=limit)

    def overdue(self, *, due_after: datetime, due_before: datetime, limit: int = 200) -> list[Inquiry]:
        """Those whose clock ran out within these moments, and of which no leader was told, the oldest first."""
        query = {**_OF_OPEN, "due_at": {"$gt": due_after, "$lte": due_before}, "escalated_at": None}
        return self.where(query, sort=[("due_at", ASCENDING)], limit=limit)

    def keep(self, new: Iterable[Inquiry], changed: Iterable[tuple[Inquiry, dict[str, Any]]]) -> None:
        """Stores new inquiries once, and sets the given fields of known ones. `escalated_at` is never touched."""
        insert_once(self.rows, [self.document_of(inquiry) for inquiry in new])
        keys = [({"_id": key_of(self.workspace, old.id), "ws": self.workspace, "lead": old.lead}, old, values) for old, values in changed]
        updates = [UpdateOne(query, _update(old, values)) for query, old, values in keys]  # of another lead since: that one's decides
        if updates:
            self.rows.bulk_write(updates, ordered=False)

    def escalate(self, inquiry: str, at: datetime) -> bool:
        """Notes that others were told, if no one did so before and it is still unanswered; whether it was noted now."""
        query = {"_id": key_of(self.workspace, inquiry), "ws": self.workspace, **_OPEN, "escalated_at": None}
        return self.rows.update_one(query, {"$set": {"escalated_at": plain(at)}, "$inc": {"version": 1}}).modified_count == 1


def _update(old: Inquiry, values: dict[str, Any]) -> Document:
    state = {name: values.get(name, getattr(old, name)) for name in _OPEN}
    is_open = all(state[name] == wanted for name, wanted in _OPEN.items())
    return {"$set": {name: plain(value) for name, value in values.items()} | {"is_open": is_open}, "$inc": {"version": 1}}
