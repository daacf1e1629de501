"""Fixtures for every test: a real MongoDB and a real Valkey, shared by the whole run, emptied before each test."""

import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
from pymongo import MongoClient
from pymongo.database import Database

from tests.ports import free_ports, worker_number
from tracker.actions.deps import Deps, open_deps
from tracker.base.settings import Settings, load
from tracker.links.keys import Keys

_FREE_BYTES = 2**30
_PROCESS_LEVEL = ("faults", "system", "browser", "flow")
"""Folders whose tests start processes, which coverage does not measure."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limits coverage to the first parameter set of each test, without process-level and property tests: the tracer slows them down."""
    tests, measured = Path(__file__).parent, set()
    for item in items:
        name = item.nodeid.partition("[")[0]
        is_property = getattr(getattr(item, "function", None), "is_hypothesis_test", False)
        if name in measured or is_property or item.path.relative_to(tests).parts[0] in _PROCESS_LEVEL:
            item.add_marker(pytest.mark.no_cover)
        measured.add(name)


def _shared_folder() -> tuple[Path, int]:
    """A folder shared by all workers of this run, in memory if there is room, and the pid of the run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    owner = os.getppid() if run else os.getpid()
    memory = Path("/dev/shm")
    root = memory if memory.is_dir() and shutil.disk_usage(memory).free > _FREE_BYTES else Path(tempfile.gettempdir())
    return root / f"leadlight-tests-{os.getuid()}-{owner}", owner


@pytest.fixture(scope="session")
def servers() -> tuple[str, str]:
    """(mongo_url, redis_url) of the servers that all workers share; started on first use, stopped with the run."""
    folder, owner = _shared_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "started").exists():
            command = [sys.executable, "-m", "tracker.embedded", str(folder), str(owner)]
            os.posix_spawn(sys.executable, command, {**os.environ}, setsid=True)
            (folder / "started").touch()
    until = time.monotonic() + 60
    while not (folder / "urls").exists():
        assert time.monotonic() < until, f"the test servers did not start; see the logs in {folder}"
        time.sleep(0.05)
    mongo_url, redis_url = (folder / "urls").read_text().split("\n")
    number = worker_number()
    return mongo_url.replace("/leadlight?", f"/leadlight_test_{number}?"), redis_url.replace("?db=0", f"?db={number}")


@pytest.fixture(scope="session")
def _mongo_client(servers: tuple[str, str]) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient(servers[0], w="majority", timeoutMS=10_000, tz_aware=True) as client:
        client.drop_database(client.get_default_database().name)
        yield client


@pytest.fixture
def mongo(_mongo_client: MongoClient[dict[str, Any]]) -> Database[dict[str, Any]]:
    """The worker's database, empty. Collections and indexes are kept, so that they are created once per run."""
    database = _mongo_client.get_default_database()
    for name in _not_empty(database):
        database[name].delete_many({})
    return database


def _not_empty(database: Database[dict[str, Any]]) -> list[str]:
    """The collections that have documents, by one query: most tests use a few of them."""
    names = [name for name in database.list_collection_names() if not name.startswith("system.")]
    if not names:
        return []
    looks = {name: [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}] for name in names}
    others = ({"$unionWith": {"coll": name, "pipeline": looks[name]}} for name in names[1:])
    return [row["name"] for row in database[names[0]].aggregate([*looks[names[0]], *others])]


@pytest.fixture(scope="session")
def _known_indexes() -> dict[str, int]:
    """By database, the number of its indexes after `ensure_indexes`."""
    return {}


@pytest.fixture
def with_indexes(mongo: Database[dict[str, Any]], _known_indexes: dict[str, int]) -> Callable[[Deps], Deps]:
    """Returns its argument once all indexes exist. Creates them only if their number differs, since each costs a round trip."""

    def ensured(made: Deps) -> Deps:
        if mongo.command("dbStats")["indexes"] != _known_indexes.get(mongo.name):
            made.store.ensure_indexes()
            _known_indexes[mongo.name] = mongo.command("dbStats")["indexes"]
        return made

    return ensured


@pytest.fixture
def redis(servers: tuple[str, str]) -> Iterator[redis_py.Redis]:
    """A client of the worker's numbered database, empty."""
    with redis_py.Redis.from_url(servers[1]) as client:
        client.flushdb()
        yield client


@pytest.fixture
def settings(servers: tuple[str, str], tmp_path: Path) -> Settings:
    """Settings with the test servers, free ports and a DATA folder for this test."""
    environ = {
        "PORT": str(free_ports()),
        "DATA": str(tmp_path / "var"),
        "MONGO_URL": servers[0],
        "REDIS_URL": servers[1],
        "DNS_SERVERS": "off",
    }
    return load(environ, file=tmp_path / "no-leadlight.toml")


@pytest.fixture
def deps(settings: Settings, redis: redis_py.Redis, with_indexes: Callable[[Deps], Deps]) -> Iterator[Deps]:
    """`Deps` on the test servers with signing keys, indexes and the real clock."""
    Keys.load(settings.signing_keys_file)
    made = with_indexes(open_deps(settings))
    yield made
    made.store.database.client.close()
    made.redis.close()
