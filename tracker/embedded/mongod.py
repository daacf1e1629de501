"""Command line and readiness of the embedded `mongod`: a replica set of one member, which majority writes and snapshot reads need."""

import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from tracker.embedded import mongod_log

_SET = "leadlight"
_SLOW_MS_DISABLED = 2**31 - 1
_NOT_YET_INITIALIZED = 94
_INVALID_CONFIG = 93
_TICK_SECONDS = 0.05


def mongod_command(program: Path, *, data: Path, socket: Path, cache_gb: float | None = None) -> list[str]:
    """The command line. `data` and the folder of `socket` must exist. Logs to stdout through `mongod_log`. Opens no TCP port."""
    command = [
        sys.executable,
        "-I",
        "-S",
        mongod_log.__file__,
        str(program),
        "--dbpath",
        str(data),
        "--replSet",
        _SET,
        "--bind_ip",
        str(socket),
    ]
    command += ["--filePermissions", "0600", "--quiet"]
    # Slow operations would be logged with their documents. `mongod_log` filters the lines of failed ones.
    command += ["--slowms", str(_SLOW_MS_DISABLED), "--slowOpSampleRate", "0", "--profile", "0"]
    command += ["--networkMessageCompressors", "disabled"]  # CVE-2025-14847: a false uncompressed length discloses memory
    command += ["--noscripting", "--wiredTigerCacheSizeGB", f"{cache_gb or _cache_for_this_machine():.2f}", "--oplogSize", "256"]
    # A single primary has no secondary to hand over to; without this it waits 15 s at every stop.
    command += ["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"]
    # Only backups read snapshots. With the default of five minutes, each claim would step over deleted dirty marks.
    command += ["--setParameter", "minSnapshotHistoryWindowInSeconds=0"]
    return [*command, "--setParameter", "diagnosticDataCollectionEnabled=false"]


def _cache_for_this_machine() -> float:
    """A tenth of the memory in GB, at least MongoDB's minimum of 0.25 and at most 2."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return min(2.0, max(0.25, total / 10))


def mongo_url(socket: Path, database: str = "leadlight") -> str:
    """The URL of a database on this socket."""
    return f"mongodb://{quote(str(socket), safe='')}/{database}?directConnection=true"


def is_primary(socket: Path) -> bool:
    """Whether the server currently accepts writes. Initiates the replica set if needed.

    The member's name is its socket path, so a moved DATA folder is reconfigured.
    """
    # A new client each time: one created before the set exists assumes that sessions are unsupported.
    client: MongoClient[dict[str, object]] = MongoClient(mongo_url(socket), serverSelectionTimeoutMS=500, timeoutMS=5000)
    with client:
        try:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            _name_member(client, {"_id": 0, "host": str(socket)})
        except (ConnectionFailure, OperationFailure):
            pass
    return False


def wait_for_mongod(socket: Path, *, seconds: float = 30) -> None:
    """Waits until the server accepts writes. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while not is_primary(socket):
        if time.monotonic() > until:
            raise TimeoutError(f"mongod did not become ready within {seconds:.0f} s; see its log")
        time.sleep(_TICK_SECONDS)


def confirm_before_journal(socket: Path) -> None:
    """Majority writes no longer wait for the journal. For data that a test or benchmark throws away."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_url(socket), timeoutMS=10_000)
    with client:
        config = client.admin.command("replSetGetConfig")["config"]
        changed = {"version": config["version"] + 1, "writeConcernMajorityJournalDefault": False}
        client.admin.command("replSetReconfig", config | changed)
        client.admin.command("appendOplogNote", 1, data={})  # until the first write, there is nothing that a majority has


def _name_member(client: MongoClient[dict[str, object]], member: dict[str, object]) -> None:
    try:
        status = client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIALIZED:
            client.admin.command("replSetInitiate", {"_id": _SET, "members": [member]})
            return
        if error.code != _INVALID_CONFIG:
            raise
    else:
        if status.get("myState") not in {10, None}:  # 10: REMOVED, the stored configuration does not contain this server
            return
    config = client["local"]["system.replset"].find_one() or {}
    version = config.get("version", 0)
    moved = {"_id": _SET, "version": (version if isinstance(version, int) else 0) + 1, "members": [member]}
    client.admin.command("replSetReconfig", moved, force=True)
