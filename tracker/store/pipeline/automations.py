"""The automations of one workspace, and the log of what they did. Called by actions.automations."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.pipeline.automation import Automation, AutomationEntry, AutomationState
from tracker.domain.pipeline.automation_effect import AutomationEffect, EffectState
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import Records, key_of, plain
from tracker.store.outreach.untold import UNTOLD_INDEX, UntoldRecords

KEPT_DAYS = 400
_PLANNED = {"state": AutomationState.PLANNED.value}
_WAITING = {"state": EffectState.WAITING.value}


class Automations(Records[Automation]):
    """One document for each automation of the workspace, and for each shipped one that was changed."""

    collection = "automations"
    indexes = (
        IndexModel([("ws", ASCENDING), ("created_at", ASCENDING)]),
        IndexModel([("since", ASCENDING), ("ws", ASCENDING)], name="on_of_all"),
        IndexModel([("parked_at", ASCENDING), ("ws", ASCENDING)], name="parked_of_all"),
    )
    kind = Automation

    def all(self) -> list[Automation]:
        """Oldest first."""
        return self.where({}, sort=[("created_at", ASCENDING)])

    def note_run(self, automation: str, **values: object) -> None:
        """Records how far a run came; its version stays, so that no one's change is refused because of it."""
        changes = {name: plain(value) for name, value in values.items()}
        self.rows.update_one({"_id": key_of(self.workspace, automation)}, {"$set": changes})


class AutomationLog(Records[AutomationEntry]):
    """One entry for each automation, lead and cause."""

    collection = "automation_log"
    indexes = (
        IndexModel([("ws", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("automation", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("state", ASCENDING), ("at", ASCENDING)]),
        IndexModel([("at", ASCENDING), ("ws", ASCENDING)], name="planned_of_all", partialFilterExpression=_PLANNED),
        IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
    )
    kind = AutomationEntry

    def page(
        self, *, automation: str | None = None, lead: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[AutomationEntry]:
        """Those of an automation or about a lead, the latest first."""
        about = self._of_lead(lead) if lead else None
        query = {name: value for name, value in (("automation", automation), ("lead", about)) if value}
        return page_of(self, query, sort="at", descending=True, cursor=cursor, limit=limit)

    def interrupted(self, before: datetime, limit: int = 500) -> list[AutomationEntry]:
        """Those that were planned before that moment and did not end."""
        query = {"state": AutomationState.PLANNED.value, "at": {"$lt": plain(before)}}
        return self.where(query, sort=[("at", ASCENDING)], limit=limit)

    def done_since(self, leads: Iterable[str], since: datetime) -> dict[str, int]:
        """How many entries changed each of these leads since that moment."""
        ids = self._lead_ids(leads)
        match = {"ws": self.workspace, "lead": {"$in": list(ids)}, "at": {"$gte": plain(since)}, "state": AutomationState.DONE.value}
        rows = self.rows.aggregate([{"$match": match}, {"$group": {"_id": "$lead", "n": {"$sum": 1}}}])
        found: dict[str, int] = defaultdict(int)
        for row in rows:
            found[ids[row["_id"]]] += row["n"]
        return dict(found)

    def finish(self, entry: AutomationEntry) -> None:
        """Stores how an entry ended."""
        values = {"state": entry.state.value, "words": list(entry.words), "reason": entry.reason}
        self.rows.update_one({"_id": key_of(self.workspace, entry.id)}, {"$set": values})


class AutomationEffects(UntoldRecords[AutomationEffect]):
    """What automations do outside, one for each entry of the log and kind of action."""

    collection = "automation_effects"
    indexes = (
        IndexModel([("ws", ASCENDING), ("state", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("due_at", ASCENDING), ("ws", ASCENDING)], name="due_of_all", partialFilterExpression=_WAITING),
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING)]),
        IndexModel([("due_at", ASCENDING)], name="expiry", expireAfterSeconds=KEPT_DAYS * 24 * 3600),
        UNTOLD_INDEX,
    )
    kind = AutomationEffect

    def due(self, now: datetime, limit: int) -> list[AutomationEffect]:
        """Those that wait and whose time has come, longest due first."""
        query = {"state": EffectState.WAITING.value, "due_at": {"$lte": plain(now)}}
        return self.where(query, sort=[("due_at", ASCENDING)], limit=limit)

    def end(self, effect: str, **values: object) -> bool:
        """Sets fields of one that waits; whether it still did."""
        query = {"_id": key_of(self.workspace, effect), "state": EffectState.WAITING.value}
        return self.rows.update_one(query, {"$set": {name: plain(value) for name, value in values.items()}}).matched_count == 1

    def note_failure(self, effect: str, now: datetime) -> None:
        """Records that the email or event of this id failed, if it is one of an automation: someone is to be told."""
        self.rows.update_one({"_id": key_of(self.workspace, effect)}, {"$set": {"untold_since": plain(now)}})
