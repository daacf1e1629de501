"""The forms that were sent on the sites of one workspace. Written by workers.drain and actions; read by workers, console and API."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, IndexModel, UpdateOne

from tracker.domain.activity.form import Form, FormKind
from tracker.store.core.client import Document
from tracker.store.core.records import Records, key_of, plain, to_document


class Forms(Records[Form]):
    """One row for each form of a site, within the limit that the drain keeps."""

    collection = "forms"
    indexes = (IndexModel([("ws", ASCENDING), ("site", ASCENDING)], name="site"),)
    kind = Form

    def all(self) -> list[Form]:
        """Every form."""
        return self.where({})

    def count_of(self, site: str) -> int:
        """The number of forms of a site."""
        return self.count({"site": site})

    def decisions(self, forms: Iterable[str]) -> dict[str, FormKind]:
        """The kinds that admins decided for these forms; undecided forms are left out."""
        return {form.id: form.kind for form in self.by_ids(forms).values() if form.kind is not None}

    def saw(self, forms: Iterable[Form]) -> None:
        """Adds new forms, and widens the time in which known ones were seen. The path is that of the last time. Decisions stay."""
        changes = [change for form in forms for change in self._seen(form)]
        if changes:
            self.rows.bulk_write(changes)

    def take_lead(self, form: str, day: str, most: int) -> bool:
        """Counts one more lead that the form made that day, unless there are `most`; whether it was counted."""
        key = key_of(self.workspace, form)
        counted = self.rows.update_one({"_id": key, "leads_day": day, "leads_made": {"$lt": most}}, {"$inc": {"leads_made": 1}})
        if counted.modified_count or most < 1:
            return bool(counted.modified_count)
        first = self.rows.update_one({"_id": key, "leads_day": {"$ne": day}}, {"$set": {"leads_day": day, "leads_made": 1}})
        # Another process may have begun the day meanwhile.
        return bool(first.modified_count) or bool(
            self.rows.update_one({"_id": key, "leads_day": day, "leads_made": {"$lt": most}}, {"$inc": {"leads_made": 1}}).modified_count
        )

    def make_room(self, site: str, before: datetime, most: int) -> int:
        """Deletes undecided forms of the site that were seen once, before that moment; returns how many."""
        forms = [f for f in self.where({"site": site}) if not f.is_others and f.kind is None and f.first_seen_at == f.last_seen_at < before]
        keys = [key_of(self.workspace, form.id) for form in forms[:most]]
        query: Document = {"_id": {"$in": keys}, "kind": None, "last_seen_at": {"$lt": plain(before)}}
        return self.rows.delete_many(query).deleted_count if keys else 0

    def _seen(self, form: Form) -> tuple[UpdateOne, UpdateOne]:
        self._check_workspace(form)
        document = to_document(form)
        key, first, last, path = key_of(self.workspace, form.id), document.pop("first_seen_at"), document["last_seen_at"], document["path"]
        return (
            UpdateOne({"_id": key}, {"$min": {"first_seen_at": first}, "$setOnInsert": document}, upsert=True),
            UpdateOne({"_id": key, "last_seen_at": {"$lt": last}}, {"$set": {"last_seen_at": last, "path": path}}),
        )
