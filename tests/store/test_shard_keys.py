"""Queries of a sharded cluster: each on a sharded collection names the first field of its shard key, or stands here with a reason.

No `mongos` runs in tests. What the driver sends is what a `mongos` routes by, so that these commands decide which shards are asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from tests.store.questions import CALLS, World
from tests.store.test_explain import _settle
from tracker.cli.checks.cluster import key_checks, set_check, version_check
from tracker.cli.commands.cluster.shards import commands_of
from tracker.store.core.shard_keys import SHARDED, workspace_field
from tracker.store.store import Store, shard_keys

_PARTS = {"update": ("updates", "q"), "delete": ("deletes", "q")}
_QUERIES = {"find": "filter", "findAndModify": "query", "count": "query", "distinct": "query"}

_DUE = "the queue of all workspaces: every shard is asked by the index `send` for the few messages that are due"
REVIEWED = {f"mail_queue.{name}": _DUE for name in ("claim", "unfinished", "next_due", "counts", "is_due")}
_ALL = "which workspaces have something due: every shard is asked by an index that begins with it, and tells ids"
_SWEPT = (
    "reminders",
    "fact_reminders",
    "renewals",
    "untaken_alerts",
    "overdue_inquiries",
    "merges",
    "enrolments",
    "open_enrolments",
    "mail_to",
    "untold",
    "held_enrolments",
)
REVIEWED |= {f"due_workspaces.with_{name}": _ALL for name in _SWEPT}
REVIEWED["mail_bytes.older"] = "which bytes are old, once an hour: every shard is asked by an index that begins with the time"
"""Calls whose commands ask every shard, with the reason."""


@dataclass
class Sent(CommandListener):
    """The queries of sharded collections that a client sends."""

    queries: list[tuple[str, str, Any]] = field(default_factory=list)

    def started(self, event: CommandStartedEvent) -> None:
        name, command = event.command_name, event.command
        collection = command.get(name)
        if collection not in SHARDED:
            return
        if name in _PARTS:
            part, key = _PARTS[name]
            self.queries += [(name, collection, one[key]) for one in command[part]]
        elif name in _QUERIES:
            self.queries.append((name, collection, command.get(_QUERIES[name], {})))
        elif name == "aggregate":
            stages = command["pipeline"]
            self.queries.append((name, collection, stages[0].get("$match", {}) if stages else {}))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Ignored."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Ignored."""


def names_key(query: Any, name: str) -> bool:
    """Whether the query allows few values of the field: by itself, in a part that must hold, or in every alternative."""
    value = query.get(name)
    if value is not None and (not isinstance(value, dict) or set(value) & {"$eq", "$in"}):
        return True
    if any(names_key(part, name) for part in query.get("$and", ())):
        return True
    alternatives = query.get("$or", ())
    return bool(alternatives) and all(names_key(part, name) for part in alternatives)


@pytest.fixture
def sent(deps, servers) -> Iterator[tuple[Sent, World]]:
    known = _settle(deps, "Northwind")
    listener = Sent()
    with MongoClient(servers[0], w="majority", timeoutMS=20_000, tz_aware=True, event_listeners=[listener]) as client:
        store = Store(client.get_default_database(), deps.store.keyring, is_sharded=True)
        yield listener, World(store, store.of(known.ws), known, None)


def test_every_query_of_a_sharded_collection_names_its_workspace(sent):
    listener, world = sent
    found: dict[str, set[str]] = {}
    for name, call in CALLS.items():
        listener.queries.clear()
        call(world)
        for command, collection, query in listener.queries:
            wanted = workspace_field(collection) or "_id"
            if not names_key(query, wanted):
                found.setdefault(name, set()).add(f"{command} {collection} {query}"[:300])
    lines = [f"{name}: {line}" for name, lines in found.items() if name not in REVIEWED for line in sorted(lines)]
    assert not lines, "\n".join(lines)
    assert not REVIEWED.keys() - found.keys(), "these name their key by now"
    fields = {name: workspace_field(name) for name in SHARDED}
    homeless = [name for name, key in fields.items() if key and world.store.database[name].find_one({key: {"$exists": False}})]
    assert not homeless, "a query that names the workspace does not find them"


def test_unique_indexes_begin_with_the_shard_key():
    """Of every sharded collection, over all repositories that declare indexes of it; the newest documents of a workspace are spread where there are none."""
    keys = shard_keys()
    assert {name for name, key in keys.items() if key == {"ws": 1}} == {"leads", "companies"}
    assert keys["events"] == {"w": 1, "_id": "hashed"}
    assert keys["prints"] == {"_id": "hashed"}
    lines = commands_of("leadlight", keys)
    assert 'sh.shardCollection("leadlight.events", {"w": 1, "_id": "hashed"})' in lines
    assert len(lines) == 1 + 2 * len(keys)


def test_doctor_compares_a_cluster_with_the_code():
    """Other keys, collections that are not sharded, and some that should not be."""
    keys = shard_keys()
    assert [check.level for check in key_checks(keys)] == ["ok"]
    found = {**keys, "events": {"_id": 1}, "reps": {"ws": 1}}
    del found["visits"]
    texts = [check.text for check in key_checks(found)]
    assert [text.rpartition(": ")[2] for text in texts] == ["events", "reps", "visits"]
    assert [version_check(one).level for one in ("6.0.5", "7.0.14", "8.0.1")] == ["warn", "ok", "ok"]
    hosts = ["a:1", "b:1", "c:1"]
    hellos = ({"msg": "isdbgrid"}, {"setName": "s", "hosts": hosts}, {"setName": "s", "hosts": hosts[:1]}, {})
    assert [set_check(hello).level for hello in hellos] == ["ok", "ok", "warn", "fail"]
