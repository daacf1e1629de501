"""The custom alert rules of one workspace. Written by actions, read by workers."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel

from tracker.domain.alerting.custom_rule import CustomRule
from tracker.store.core.records import Records, plain


class CustomRules(Records[CustomRule]):
    """One document for each rule, removed ones included."""

    collection = "alert_rules"
    indexes = (
        IndexModel([("ws", ASCENDING), ("rep", ASCENDING), ("created_at", ASCENDING)]),
        IndexModel([("revisions.content.trigger", ASCENDING), ("ws", ASCENDING)], name="triggers_of_all"),
    )
    kind = CustomRule

    def every(self) -> list[CustomRule]:
        """All rules, oldest first, removed ones included: alerts of before still follow from them."""
        return self.where({}, sort=[("rep", ASCENDING), ("created_at", ASCENDING)])

    def present(self, *reps: str | None) -> list[CustomRule]:
        """The rules of these reps (None: the workspace) that were not removed, oldest first."""
        found = self.where({"rep": {"$in": sorted(reps, key=lambda rep: rep or "")}, "is_removed": False})
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def forget_removed(self, before: datetime) -> None:
        """Deletes the rules that were removed before that moment."""
        self.rows.delete_many({"ws": self.workspace, "is_removed": True, "updated_at": {"$lt": plain(before)}})
