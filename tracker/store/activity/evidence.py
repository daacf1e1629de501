"""Evidence that is no event: HEAD requests and refused tokens. Expires after thirty days."""

from collections.abc import Iterable
from datetime import datetime

from pymongo import IndexModel, ReplaceOne

from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.rules.verdicts.evidence import Probe, ProbeKind
from tracker.store.core.client import Document
from tracker.store.core.records import BATCH, aware, plain
from tracker.store.core.repository import Repository

_MOST = 200
"""Probes read for each message, on average: thousands of them say no more."""
_PROBES = {CaptureKind.HEAD.value: ProbeKind.HEAD, CaptureKind.REJECTED.value: ProbeKind.REFUSED}


class Evidence(Repository):
    """Spans workspaces, because a refused token may name none. Called by workers."""

    collection = "evidence"
    indexes = (
        IndexModel([("ws", 1), ("at", -1)], name="workspace"),
        IndexModel([("ws", 1), ("message", 1)], name="message", partialFilterExpression={"message": {"$exists": True}}),
        IndexModel([("at", 1)], name="expiry", expireAfterSeconds=30 * 24 * 3600),
    )

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """Matches the captures whose token names the workspace."""
        return {"ws": workspace}

    def add(self, captures: Iterable[tuple[Capture, datetime]]) -> None:
        """Stores captures that are evidence only, each once."""
        changes = []
        for capture, at in captures:
            document = {**plain(capture), "at": at, "ws": capture.workspace}
            del document["id"]
            changes.append(ReplaceOne({"_id": capture.id}, document, upsert=True))
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def of_messages(self, workspace: str, messages: Iterable[str]) -> dict[str, tuple[Probe, ...]]:
        """The HEAD requests and refused tokens that name these messages, by message, in time order.

        The message of a refused token has no valid signature: it is a hint.
        """
        named = sorted(set(messages))
        if not named:
            return {}
        query: Document = {"ws": workspace, "message": {"$in": named}, "kind": {"$in": list(_PROBES)}}
        found: dict[str, list[Probe]] = {}
        rows = self.rows.find(query, {"message": 1, "kind": 1, "at": 1, "address": 1, "agent": 1}, batch_size=BATCH)
        for row in rows.limit(_MOST * len(named)):
            probe = Probe(_PROBES[row["kind"]], aware(row["at"]), row.get("address", ""), row.get("agent", ""))
            found.setdefault(row["message"], []).append(probe)
        return {message: tuple(sorted(probes, key=_order)) for message, probes in found.items()}

    def count(self, query: Document | None = None) -> int:
        """How many captures match."""
        return self.rows.count_documents(query or {})


def _order(probe: Probe) -> tuple[datetime, str, str]:
    return probe.at, probe.address, probe.agent
