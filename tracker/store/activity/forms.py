"""The forms that were sent on the sites of one workspace. Written by workers.drain and actions; read by workers, console and API."""

from collections.abc import Iterable

from pymongo import ASCENDING, IndexModel, UpdateOne

from tracker.domain.activity.form import Form, FormKind
from tracker.store.core.records import Records, key_of, to_document


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
        """Adds new forms, and widens the time in which known ones were seen. Decisions stay."""
        changes = [self._seen(form) for form in forms]
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def _seen(self, form: Form) -> UpdateOne:
        self._check_workspace(form)
        document = to_document(form)
        moments = document.pop("first_seen_at"), document.pop("last_seen_at")
        update = {
            "$min": {"first_seen_at": moments[0]},
            "$max": {"last_seen_at": moments[1]},
            "$set": {"path": document.pop("path")},
            "$setOnInsert": document,
        }
        return UpdateOne({"_id": key_of(self.workspace, form.id)}, update, upsert=True)
