"""Queries of the events that sent forms; part of the repository `Events`."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pymongo import UpdateOne

from tracker.domain.activity.form import FormKind
from tracker.store.activity.event_codec import packed
from tracker.store.core.repository import WorkspaceRepository


class EventForms(WorkspaceRepository):
    """The events of one workspace, by the form that they sent."""

    collection = "events"

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

    def form_counts(self) -> dict[str, int]:
        """How often each form was sent, by machines too."""
        first = bytes.fromhex(self.workspace)
        query = {"fo": {"$gte": first, "$lt": first + b"\xff" * 17}}
        rows = self.rows.aggregate([{"$match": query}, {"$group": {"_id": "$fo", "n": {"$sum": 1}}}])
        return {row["_id"][8:].hex(): row["n"] for row in rows}
