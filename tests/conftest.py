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
from tests.shared_database import SharedDatabase
from tracker.actions.deps import Deps, open_deps
from tracker.base.clock import Clock, utc_now
from tracker.base.settings import Settings, load
from tracker.links.keys import Keys
from tracker.store.core.client import open_database

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
def _shared_database(servers: tuple[str, str]) -> Iterator[SharedDatabase]:
    with MongoClient(servers[0], w="majority", timeoutMS=10_000, tz_aware=True) as client:
        # By the machine's clock it would delete what tests of an injected clock have just written.
        client.admin.command({"setParameter": 1, "ttlMonitorEnabled": False})
        yield SharedDatabase(client)


@pytest.fixture
def mongo(_shared_database: SharedDatabase) -> Database[dict[str, Any]]:
    """The worker's database, empty."""
    _shared_database.empty()
    return _shared_database.database


@pytest.fixture(scope="session")
def _database(servers: tuple[str, str]) -> Iterator[Database[dict[str, Any]]]:
    """The worker's database as the product opens it, once for all tests: connecting takes longer than most of their calls."""
    database = open_database(servers[0])
    yield database
    database.client.close()


@pytest.fixture
def with_indexes(mongo: Database[dict[str, Any]], _shared_database: SharedDatabase) -> Callable[[Deps], Deps]:
    """Returns its argument once all indexes exist. For `Deps` that need a connection of their own; others are made by `make_deps`."""

    def ensured(made: Deps) -> Deps:
        _shared_database.ensure_indexes(made.store)
        return made

    return ensured


@pytest.fixture
def make_deps(with_indexes: Callable[[Deps], Deps], _database: Database[dict[str, Any]]) -> Iterator[Callable[..., Deps]]:
    """Makes `Deps` on the test servers from settings and a clock, with all indexes."""
    made: list[Deps] = []

    def make(settings: Settings, now: Clock = utc_now) -> Deps:
        deps = with_indexes(open_deps(settings, now, database=_database))
        made.append(deps)
        return deps

    yield make
    for deps in made:
        deps.redis.close()


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
def deps(settings: Settings, redis: redis_py.Redis, make_deps: Callable[..., Deps]) -> Deps:
    """`Deps` on the test servers with signing keys, indexes and the real clock."""
    Keys.load(settings.signing_keys_file)
    return make_deps(settings)
