"""Checks of a MongoDB of one's own, by `leadlight doctor`: version, replica set, and the shard keys of a cluster."""

from collections.abc import Iterator, Mapping
from typing import Any

from pymongo.errors import OperationFailure, PyMongoError

from tracker.actions.deps import Deps
from tracker.cli.checks.check import Check
from tracker.store.core.shard_keys import Key
from tracker.store.store import shard_keys

_OLDEST = 7
_PAGE = "docs/operations/mongodb.md"


def cluster_checks(deps: Deps) -> Iterator[Check]:
    """The checks; none of the embedded MongoDB."""
    if deps.settings.is_mongo_embedded:
        return
    database = deps.store.database
    try:
        hello = database.command("hello")
        version = str(database.command("buildInfo")["version"])
        yield version_check(version)
        yield set_check(hello)
        if hello.get("msg") != "isdbgrid":
            return
        found = {
            str(row["_id"]).partition(".")[2]: dict(row["key"])
            for row in database.client["config"].collections.find({"_id": {"$regex": f"^{database.name}\\."}, "dropped": {"$ne": True}})
            if row.get("key")
        }
    except OperationFailure:
        yield Check("Shard keys", "warn", "The user in MONGO_URL may not read them", f"Give it the role clusterMonitor; see {_PAGE}.")
    except PyMongoError as error:
        yield Check("MongoDB", "warn", f"cannot be checked ({type(error).__name__})")
    else:
        yield from key_checks(found)


def version_check(version: str) -> Check:
    """Whether this version is supported."""
    major = version.partition(".")[0]
    if not major.isdigit() or int(major) < _OLDEST:
        return Check("MongoDB", "warn", f"is version {version}, and {_OLDEST} is the oldest that is supported", "Upgrade it.")
    return Check("MongoDB", "ok", f"version {version}")


def set_check(hello: Mapping[str, Any]) -> Check:
    """Whether acknowledged writes survive the loss of a server: they wait for the majority, and one server is no majority of others."""
    if hello.get("msg") == "isdbgrid":
        return Check("MongoDB", "ok", "a sharded cluster; writes wait for the majority of each shard")
    members = [*hello.get("hosts", ()), *hello.get("passives", ())]
    if not hello.get("setName"):
        todo = f"Start it with --replSet, also as the only member; see {_PAGE}."
        return Check("MongoDB", "fail", "is a single server and no replica set: a change of its data cannot be retried safely", todo)
    if len(members) < 3:  # noqa: PLR2004 - two of three are a majority
        return Check("MongoDB", "warn", f"a replica set of {len(members)}: the loss of one stops it", "Add members up to three.")
    return Check("MongoDB", "ok", f"a replica set of {len(members)}; writes wait for the majority")


def key_checks(found: Mapping[str, Key]) -> Iterator[Check]:
    """What is sharded and how, against what `leadlight shards` prints."""
    wanted = shard_keys()
    todo = f"A wrong key sends queries to every shard, or all new events to one. See {_PAGE}; sh.reshardCollection changes a key."
    wrong = sorted(name for name, key in found.items() if name in wanted and dict(key) != wanted[name])
    if wrong:
        yield Check("Shard keys", "warn", f"differ from those of `leadlight shards`: {', '.join(wrong)}", todo)
    if others := sorted(found.keys() - wanted.keys()):
        yield Check("Shard keys", "warn", f"These are sharded and should not be: {', '.join(others)}", todo)
    if missing := sorted(wanted.keys() - found.keys()):
        text = f"{len(missing)} collections are on one shard: {', '.join(missing)}"
        yield Check("Shard keys", "warn", text, "Run what `leadlight shards` prints.")
    if not wrong and not others and not missing:
        yield Check("Shard keys", "ok", f"those of `leadlight shards`, of {len(wanted)} collections")
