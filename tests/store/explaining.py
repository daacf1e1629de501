"""Explains every command of a repository before it runs, and compares the documents read with the documents returned."""

from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId
from pymongo import MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

Document = dict[str, Any]

SLACK = 60
"""The documents that a command may read beyond those it returns: batches of workers, ties, rows of other reps."""
_EXPLAINABLE = ("find", "aggregate", "update", "delete", "findAndModify", "count", "distinct")
_NOT_FOR_EXPLAIN = {"lsid", "$clusterTime", "$db", "txnNumber", "writeConcern", "readConcern", "ordered", "maxTimeMS", "$readPreference"}
_PARTS = {"update": "updates", "delete": "deletes"}


@dataclass(frozen=True)
class Plan:
    """The plan of MongoDB for one command, and the documents it read."""

    command: Document
    stages: tuple[str, ...]
    read: int
    given: int

    @property
    def collection(self) -> str:
        """The collection of the query."""
        return str(next(iter(self.command.values())))

    def faults(self, in_workspace: int) -> list[str]:
        """The faults: a collection scan, or too many documents read. An aggregation may read all of its own workspace."""
        found = ["reads the whole collection"] if "COLLSCAN" in self.stages else []
        name = next(iter(self.command))
        if name in ("aggregate", "count", "distinct"):
            allowed = in_workspace
        else:
            limit = self.command.get("limit") or (1 if name == "findAndModify" else 0)
            allowed = 2 * max(limit, self.given)
        if self.read > allowed + SLACK:
            found.append(f"reads {self.read} documents for {self.given} ({' < '.join(self.stages)})")
        return found


@dataclass
class Explainer(CommandListener):
    """Monitors one client; explains through another, so that the explanations are not monitored."""

    client: MongoClient[Document]
    plans: list[Plan] = field(default_factory=list)

    def started(self, event: CommandStartedEvent) -> None:
        """Explains the command about to run, up to three of its parts."""
        if event.command_name not in _EXPLAINABLE:
            return
        command = {k: v for k, v in event.command.items() if k not in _NOT_FOR_EXPLAIN}
        part = _PARTS.get(event.command_name)
        for one in [{**command, part: [single]} for single in command[part]][:3] if part else [command]:
            plan = self.client[event.database_name].command({"explain": one, "verbosity": "executionStats"})
            self.plans.append(Plan(one, tuple(_stages(plan)), *_counts(plan)))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Ignored."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Ignored."""


def _stages(plan: Any) -> list[str]:
    """Names of the stages of the winning plan, outermost first."""
    if isinstance(plan, list):
        return [name for part in plan for name in _stages(part)]
    if not isinstance(plan, dict):
        return []
    own = [plan["stage"]] if isinstance(plan.get("stage"), str) else []
    return own + [name for key, part in plan.items() if key not in ("rejectedPlans", "executionStats", "command") for name in _stages(part)]


def _counts(plan: Any) -> tuple[int, int]:
    """Documents examined and given (or changed)."""
    if "executionStats" not in plan:
        cursor = next((stage["$cursor"] for stage in plan.get("stages", ()) if "$cursor" in stage), None)
        return _counts(cursor) if cursor else (0, 0)
    stats = plan["executionStats"]
    outer = stats.get("executionStages", {})
    changed = max(outer.get("nWouldModify", 0) + outer.get("nWouldUpsert", 0), outer.get("nWouldDelete", 0), outer.get("nMatched", 0))
    return stats["totalDocsExamined"], max(stats["nReturned"], changed)


_UNIQUE = {
    "leads": lambda row, n: row["keys"].update(email=f"lead{n}@{row['ws']}.example", words=[f"lead{n}", "whitfield"]),
    "companies": lambda row, n: row["keys"].update(name=f"firm {n}", words=[f"firm {n}", f"{n}"]),
    "sources": lambda row, n: row["keys"].update(name=f"source {n}"),
    "reps": lambda row, n: row.update(
        person=n, keys={"email": f"rep{n}@{row['ws']}.example", "addresses": [f"rep{n}@{row['ws']}.example"]}
    ),
    "api_keys": lambda row, n: row.update(hash=f"{row['workspace']}{n}"),
}
_MOMENTS = ("at", "t", "created_at", "started_at", "ended_at", "due_at", "due", "sold_on")
_BY_DAY = ("domain_days", "scan_profiles")
"""Collections whose keys are workspace, day and domain."""
_LINKS = ("visitor", "alert", "click", "v")


def multiply(rows: Any, name: str, count: int) -> None:
    """Copies each document of a collection with other keys and times, so that a query that reads too much is detected."""
    fresh = []
    for row in list(rows.find()):
        for n in range(count):
            copy = {**row, **({"keys": {**row["keys"]}} if "keys" in row else {})}
            copy["_id"] = f"{row['ws']}:2020-01-01:{ObjectId()}" if name in _BY_DAY else _other_key(row["_id"])
            for moment in _MOMENTS:
                if hasattr(row.get(moment), "replace") and not isinstance(row[moment], str):
                    copy[moment] = row[moment].replace(year=2020 + n % 6, month=1 + n // 6 % 12, day=1 + n // 72 % 28)
            for link in _LINKS:
                if n % 3 == 0 and isinstance(row.get(link), str):
                    copy[link] = f"{row[link]}{n}"
            _UNIQUE.get(name, lambda *_: None)(copy, f"{n}{str(ObjectId())[-5:]}")
            fresh.append(copy)
    if fresh:
        rows.insert_many(fresh)


def _other_key(key: Any) -> Any:
    if isinstance(key, bytes):
        return key[:8] + ObjectId().binary + b"\0\0\0\0"
    return f"{str(key).rpartition(':')[0]}:{ObjectId()}".lstrip(":")
