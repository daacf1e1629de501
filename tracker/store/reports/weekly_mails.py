"""The weekly mails of one workspace: one row for each rep and week."""

from datetime import datetime, timedelta

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from tracker.domain.reports.weekly_mail import WeeklyMail, WeeklyMailState
from tracker.store.core.records import Records, key_of, plain

_OPEN = (WeeklyMailState.DUE.value, WeeklyMailState.SENDING.value)
_FINAL = tuple(state.value for state in WeeklyMailState if state.value not in _OPEN)


class WeeklyMails(Records[WeeklyMail]):
    """Added when the mail is due, claimed for each try. Called by actions.reports.weekly."""

    collection = "weekly_mails"
    indexes = (
        IndexModel([("ws", ASCENDING), ("state", ASCENDING), ("due_at", DESCENDING)], name="state"),
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING), ("ws", ASCENDING)], name="due_of_all"),
    )
    kind = WeeklyMail

    def claim(self, now: datetime, lease: timedelta) -> WeeklyMail | None:
        """A mail that is due, or whose sender died, for this caller alone until the lease ends."""
        document = self.rows.find_one_and_update(
            {"ws": self.workspace, "state": {"$in": list(_OPEN)}, "due_at": {"$lte": now}},
            {"$set": {"state": WeeklyMailState.SENDING.value, "due_at": now + lease}, "$inc": {"attempts": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return self.value_of(document) if document else None

    def finish(self, claimed: WeeklyMail, **values: object) -> None:
        """Records what became of a try, unless another sender has claimed the mail since."""
        query = {"_id": key_of(self.workspace, claimed.id), "state": WeeklyMailState.SENDING.value, "attempts": claimed.attempts}
        self.rows.update_one(query, {"$set": {name: plain(value) for name, value in values.items()}})

    def failed(self, *, limit: int) -> list[WeeklyMail]:
        """Those that were given up, the latest first."""
        return self.where({"state": WeeklyMailState.FAILED.value}, sort=[("due_at", DESCENDING)], limit=limit)

    def renew(self, mail: str, now: datetime) -> bool:
        """Makes a mail due that was given up, as if it were new; whether it was."""
        query = {"_id": key_of(self.workspace, mail), "state": WeeklyMailState.FAILED.value}
        values = {"state": WeeklyMailState.DUE.value, "due_at": now, "created_at": now, "attempts": 0, "error": None}
        return self.rows.update_one(query, {"$set": values}).modified_count == 1

    def forget(self, before: datetime) -> None:
        """Deletes the rows that ended before that moment."""
        self.rows.delete_many({"ws": self.workspace, "state": {"$in": list(_FINAL)}, "due_at": {"$lt": before}})
