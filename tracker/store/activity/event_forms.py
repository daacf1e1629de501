"""Queries of the events that sent forms, and late changes of page views; part of the repository `Events`."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pymongo import UpdateOne

from tracker.domain.activity.event import EventKind
from tracker.domain.activity.form import FormKind
from tracker.store.activity.event_codec import packed
from tracker.store.core.client import Document
from tracker.store.core.repository import WorkspaceRepository

_MOST_SENDERS = 200
_LONGEST_VIEW = timedelta(days=1)


class Amendment(NamedTuple):
    """The last address and title of a page view, reported at that time; an empty title leaves the former."""

    visitor: str
    page: str
    at: datetime
    url: str
    title: str


class EventForms(WorkspaceRepository):
    """The events of one workspace, by the form that they sent; and page views, which change while they last."""

    collection = "events"

    def _keys_of(self, lead: str) -> bytes | Document:
        """What the lead of an event is compared with, for the events of one lead and of those that were merged with it."""
        keys = [packed(self.workspace, one) for one in self._lead_ids([lead])]
        return keys[0] if len(keys) == 1 else {"$in": keys}

    def amend_views(self, amendments: Iterable[Amendment]) -> None:
        """Replaces address and title of the page views that these amendments are about, in their order."""
        changes = []
        for found in amendments:
            moments = {"$gte": found.at - _LONGEST_VIEW, "$lte": found.at}
            view = {"w": bytes.fromhex(self.workspace), "v": found.visitor, "t": moments, "k": EventKind.VIEW.value, "g": found.page}
            changes.append(UpdateOne(view, {"$set": {"u": found.url, **({"ti": found.title} if found.title else {})}}))
        if changes:
            self.rows.bulk_write(changes)

    def set_form_kinds(self, kinds: Mapping[str, FormKind]) -> None:
        """Replaces the kinds of the forms that these events sent."""
        changes = [UpdateOne({"_id": packed(self.workspace, e)}, {"$set": {"fk": kind.value}}) for e, kind in kinds.items()]
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def visitors_of_form(self, form: str, *, but: FormKind, since: datetime | None) -> dict[str, tuple[datetime, datetime]]:
        """The visitors that sent the form as another kind than `but`, with the first and the last time."""
        query = {"fo": packed(self.workspace, form), "fk": {"$ne": but.value}, **({"t": {"$gte": since}} if since else {})}
        group = {"_id": "$v", "first": {"$min": "$t"}, "last": {"$max": "$t"}}
        rows = self.rows.aggregate([{"$match": query}, {"$group": group}])
        return {row["_id"]: (row["first"].replace(tzinfo=UTC), row["last"].replace(tzinfo=UTC)) for row in rows if row["_id"]}

    def leads_of_form(self, form: str) -> set[str]:
        """The leads that sent the form lately."""
        query = {"fo": packed(self.workspace, form), "l": {"$exists": True}}
        rows = self.rows.find(query, {"l": 1}).sort("t", -1).limit(_MOST_SENDERS)
        return {row["l"][8:].hex() for row in rows}

    def field_names_of(self, form: str) -> set[str]:
        """The names of fields as the form really has them, as far as it was sent lately."""
        rows = self.rows.find({"fo": packed(self.workspace, form)}, {"f": 1}).sort("t", -1).limit(20)
        return {name for row in rows for name, _ in row.get("f") or ()}

    def senders_of(self, address: str) -> set[str]:
        """The visitors that sent a form with this email address as a value, in any case."""
        first = bytes.fromhex(self.workspace)
        value = {"$regex": f"^\\s*{re.escape(address)}\\s*$", "$options": "i"}
        query = {"fo": {"$gte": first, "$lt": first + b"\xff" * 17}, "f": {"$elemMatch": {"$elemMatch": value}}}
        return {row["v"] for row in self.rows.find(query, {"v": 1}) if "v" in row}

    def form_counts(self) -> dict[str, int]:
        """How often each form was sent, by machines too."""
        first = bytes.fromhex(self.workspace)
        query = {"fo": {"$gte": first, "$lt": first + b"\xff" * 17}}
        rows = self.rows.aggregate([{"$match": query}, {"$group": {"_id": "$fo", "n": {"$sum": 1}}}])
        return {row["_id"][8:].hex(): row["n"] for row in rows}
