"""Follow-up sequences, and the leads in them. Called by actions.outreach."""

from collections.abc import Iterator
from collections.abc import Sequence as Values
from datetime import UTC, datetime

from pymongo import ASCENDING, DESCENDING, IndexModel

from tracker.domain.outreach.sequence import OPEN_ENROLMENTS, Enrolment, EnrolmentState, Sequence, StepRun
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import BATCH, Records, key_of, plain
from tracker.store.outreach.untold import UNTOLD_INDEX, UntoldRecords

_ENDED = [state.value for state in EnrolmentState if state not in OPEN_ENROLMENTS]
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Sequences(Records[Sequence]):
    """The sequences of the workspace."""

    collection = "sequences"
    indexes = (IndexModel([("ws", ASCENDING), ("name", ASCENDING)]),)
    kind = Sequence

    def all(self) -> list[Sequence]:
        """By name."""
        return self.where({}, sort=[("name", ASCENDING)])


class Enrolments(UntoldRecords[Enrolment]):
    """One document for each lead and sequence. What is written by runs leaves `version` as it is."""

    collection = "enrolments"
    indexes = (
        IndexModel([("ws", ASCENDING), ("state", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING), ("ws", ASCENDING)], name="due_of_all"),
        IndexModel([("ws", ASCENDING), ("sequence", ASCENDING), ("enrolled_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("sequence", ASCENDING), ("state", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("lead", ASCENDING)]),
        UNTOLD_INDEX,
    )
    kind = Enrolment

    def due(self, now: datetime, limit: int) -> list[Enrolment]:
        """Those that are to be looked at, longest due first."""
        query = {"state": EnrolmentState.ACTIVE.value, "due_at": {"$lte": plain(now)}}
        return self.where(query, sort=[("due_at", ASCENDING)], limit=limit)

    def open_ones(self, limit: int) -> list[Enrolment]:
        """Those that have not ended."""
        return self.where({"state": {"$in": [state.value for state in OPEN_ENROLMENTS]}}, limit=limit)

    def of_lead(self, lead: str) -> list[Enrolment]:
        """All of a lead."""
        return self.where({"lead": self._of_lead(lead)})

    def page(self, sequence: str, *, cursor: str | None = None, limit: int = 50) -> Page[Enrolment]:
        """Those of a sequence, the latest first."""
        return page_of(self, {"sequence": sequence}, sort="enrolled_at", descending=True, cursor=cursor, limit=limit)

    def counts(self) -> dict[str, dict[str, int]]:
        """By sequence and state, how many leads there are."""
        keys = {"sequence": "$sequence", "state": "$state"}
        rows = self.rows.aggregate(
            [{"$match": {"ws": self.workspace, "sequence": {"$gt": ""}}}, {"$group": {"_id": keys, "n": {"$sum": 1}}}]
        )
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row["_id"]["sequence"], {})[row["_id"]["state"]] = row["n"]
        return found

    def places(self) -> Iterator[tuple[str, str, str]]:
        """Of each enrolment the sequence, the state and the lead."""
        fields = {"sequence": 1, "state": 1, "lead": 1}
        for row in self.rows.find({"ws": self.workspace, "sequence": {"$gt": ""}}, fields, batch_size=BATCH):
            yield row["sequence"], row["state"], row["lead"]

    def begin_step(self, enrolment: str, step: str, run: StepRun) -> bool:
        """Writes that a step begins, unless it was begun before or the lead was taken out; whether it was written."""
        path = f"steps.{step}"
        query: Document = {"_id": key_of(self.workspace, enrolment), "state": EnrolmentState.ACTIVE.value, path: {"$exists": False}}
        return self.rows.update_one(query, {"$set": {path: plain(run)}}).modified_count == 1

    def save_step(self, enrolment: str, step: str, run: StepRun) -> None:
        """Writes how a step ended."""
        self.rows.update_one({"_id": key_of(self.workspace, enrolment)}, {"$set": {f"steps.{step}": plain(run)}})

    def drop_step(self, enrolment: str, step: str, of: str) -> None:
        """Removes a step that was taken from this other enrolment."""
        path = f"steps.{step}"
        self.rows.update_one({"_id": key_of(self.workspace, enrolment), f"{path}.of": of}, {"$unset": {path: ""}})

    def held(self, now: datetime, limit: int) -> list[Enrolment]:
        """Those that ended because of a merge and are to be looked at, longest due first."""
        query = {"state": {"$in": _ENDED}, "due_at": {"$gt": _FIRST, "$lte": plain(now)}}
        return self.where(query, sort=[("due_at", ASCENDING)], limit=limit)

    def change_held(self, enrolment: str, **values: object) -> None:
        """Sets fields of one that ended because of a merge, unless a person decided about it meanwhile."""
        query = {"_id": key_of(self.workspace, enrolment), "state": {"$in": _ENDED}, "due_at": {"$gt": _FIRST}}
        self.rows.update_one(query, {"$set": {name: plain(value) for name, value in values.items()}})

    def advance(self, enrolment: str, from_states: Values[EnrolmentState], **values: object) -> bool:
        """Sets fields if the state still is one of these; whether they were set."""
        query = {"_id": key_of(self.workspace, enrolment), "state": {"$in": [state.value for state in from_states]}}
        changes = {name: plain(value) for name, value in values.items()}
        return self.rows.update_one(query, {"$set": changes}).matched_count == 1
