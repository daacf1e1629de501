"""`leadlight move`: from the embedded databases to your own, while Leadlight runs. If it is interrupted, run it again."""

import argparse
import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import redis
from pymongo.errors import ConfigurationError, PyMongoError

from tracker.actions.deps import open_redis
from tracker.base.encryption.keyring import Keyring
from tracker.base.errors import LeadlightError
from tracker.base.setting_parsers import parse_redis_url, parse_url
from tracker.base.settings import Settings, load
from tracker.base.settings_file import write_databases
from tracker.cli.checks.cluster import set_check, version_check
from tracker.cli.data_dir import ensure_private_folder, health_probe, refuse_foreign_owner
from tracker.cli.output import result, say
from tracker.cli.servers import is_running
from tracker.cli.signals import interruptible
from tracker.redis_client import refuse_cluster
from tracker.store.core.connection_problems import mongo_problem, redis_problem
from tracker.store.core.indexes import ensure_index
from tracker.store.dump import opened
from tracker.store.store import REPOSITORIES, Store
from tracker.store.transfer import Transfer
from tracker.supervise.control import ask

_MONGO, _REDIS = "LEADLIGHT_MOVE_MONGO_URL", "LEADLIGHT_MOVE_REDIS_URL"
_STAYS = {"edge", "mongod", "valkey"}
_PAUSE_SECONDS = 25.0
_CATCH_UP_SECONDS = 20.0
_START_SECONDS = 90.0
_NEAR = 100
_TRIES = 3


@dataclass(slots=True)
class _Pause:
    """The processes that write, stopped for the switch."""

    settings: Settings
    names: list[str] = field(default_factory=list)
    began: float = 0.0

    def stop(self) -> None:
        """Stops them and waits. The edge goes on: its events wait in the spool."""
        rows = self._ask(do="ps")["processes"]
        self.began = time.monotonic()
        self.names = [
            row["name"] for row in rows if row["state"] in ("running", "waiting") and "." not in row["name"] and row["name"] not in _STAYS
        ]
        for name in self.names:
            self._ask(do="pause", name=name)
        self._wait(lambda states: all(states.get(name) == "paused" for name in self.names), _PAUSE_SECONDS, "stop")

    def start(self) -> float:
        """Starts them again; returns for how many seconds the console did not answer."""
        for name in self.names:
            self._ask(do="resume", name=name)
        is_up = health_probe(self.settings.host, self.settings.port)
        until = time.monotonic() + _START_SECONDS
        while "console" in self.names and not is_up() and time.monotonic() < until:
            time.sleep(0.1)
        self.names = []
        return time.monotonic() - self.began

    def stop_server(self, name: str) -> None:
        """Stops an embedded server that is no longer needed."""
        self._ask(do="pause", name=name)

    def _wait(self, is_done: Callable[[dict[str, str]], bool], seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        while not is_done({row["name"]: row["state"] for row in self._ask(do="ps")["processes"]}):
            if time.monotonic() > until:
                raise LeadlightError(f"the processes did not {what} in time; see `leadlight ps`")
            time.sleep(0.05)

    def _ask(self, **request: str) -> dict[str, Any]:
        return ask(self.settings.run_dir / "control.sock", **request)


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    text = f"move from the embedded databases to those in {_MONGO} and {_REDIS} (in the environment), while Leadlight runs"
    commands.add_parser("move", parents=[common], help=text).set_defaults(run=_move)


def _move(arguments: argparse.Namespace) -> int:
    """Prints the number of copied documents and the seconds without console."""
    settings = load()
    mongo_url, redis_url = _urls(settings)
    refuse_foreign_owner(settings.data)
    try:
        with interruptible(), _alone(settings), opened(settings.mongo_url) as source, opened(mongo_url) as target:
            _check_target(target, mongo_url)
            transfer = Transfer(source, target)
            try:
                found = _transferred(transfer, settings, target, mongo_url, redis_url)
            finally:
                transfer.close()
    except (PyMongoError, ConfigurationError) as error:
        raise LeadlightError(str(mongo_problem(error, mongo_url))) from error
    text = f"Leadlight uses the new databases. The console did not answer for {found['paused_seconds']:.1f} s, the edge went on."
    say("Write MONGO_URL into your settings. The embedded database is stopped; its files in DATA/mongo are a copy that you may remove.")
    result(found, text, as_json=arguments.json)
    return 0


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Raises LeadlightError if another move runs."""
    with (ensure_private_folder(settings.data / "run") / "move.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LeadlightError("another `leadlight move` is running") from None
        yield


def _transferred(transfer: Transfer, settings: Settings, target: Any, mongo_url: str, redis_url: str) -> dict[str, float]:
    say("Going on with the transfer that was interrupted" if transfer.begin() else "Copying; Leadlight goes on meanwhile")
    copied = transfer.copy(lambda text: say(f"    {text}"))
    _follow_closely(transfer)
    _make_indexes(target)
    say(f"Copied {copied:,} documents. Comparing every one")
    _follow_closely(transfer)
    behind = transfer.compare()
    _follow_closely(transfer)
    say(f"{behind:,} changed meanwhile and are compared again. Stopping the processes that write; the edge goes on")
    pause = _Pause(settings)
    try:
        pause.stop()
        transfer.catch_up(_CATCH_UP_SECONDS)
        _raise_on_differences(transfer)
        write_databases(settings.databases_file, mongo_url, redis_url)  # from here on, every start uses the new ones
    finally:
        seconds = pause.start() if pause.names else 0.0
    transfer.finish()
    Store(target, Keyring(settings.secret_keys_file)).ensure_indexes()
    pause.stop_server("mongod")
    if redis_url and settings.is_redis_embedded:
        pause.stop_server("valkey")
    return {"documents": copied, "paused_seconds": round(seconds, 1)}


def _urls(settings: Settings) -> tuple[str, str]:
    if not settings.is_mongo_embedded:
        raise LeadlightError("Leadlight uses a MongoDB of your own already: MONGO_URL names it")
    mongo_url, redis_url = os.environ.get(_MONGO, "").strip(), os.environ.get(_REDIS, "").strip()
    for name, url, parse in ((_MONGO, mongo_url, parse_url("mongodb", "mongodb+srv")), (_REDIS, redis_url, parse_redis_url)):
        try:
            parse(url)
        except ValueError as error:
            raise LeadlightError(f"{name}: {error}") from None
    if not mongo_url:
        raise LeadlightError(f"give the URL of the new MongoDB in {_MONGO}, in the environment, where other users cannot read it")
    if not is_running(settings):
        raise LeadlightError("Leadlight does not run with this DATA folder: start it, and run this beside it")
    if redis_url:
        _check_redis(redis_url)
    return mongo_url, redis_url


def _check_redis(url: str) -> None:
    client = open_redis(url)
    try:
        refuse_cluster(client)
    except (redis.RedisError, OSError) as error:
        raise LeadlightError(str(redis_problem(error, url))) from error
    finally:
        client.close()


def _check_target(target: Any, url: str) -> None:
    try:
        checks = [set_check(target.command("hello")), version_check(str(target.command("buildInfo")["version"]))]
    except PyMongoError as error:
        raise LeadlightError(str(mongo_problem(error, url))) from error
    for check in checks:
        if check.level == "fail":
            raise LeadlightError(check.line)
        if check.level == "warn":
            say(f"    {check.line}")


def _follow_closely(transfer: Transfer) -> None:
    """Follows until few changes are left."""
    while transfer.follow() > _NEAR:
        pass


def _make_indexes(target: Any) -> None:
    """All but those by which MongoDB removes what has expired: it must not do so on one side while both are compared."""
    for kind in REPOSITORIES:
        for index in kind.indexes:
            if "expireAfterSeconds" not in index.document:
                ensure_index(target[kind.collection], index)


def _raise_on_differences(transfer: Transfer) -> None:
    for _ in range(_TRIES):
        if not (found := transfer.differences()):
            return
    raise LeadlightError(
        f"the new database differs in {', '.join(found[:5])}; Leadlight goes on with the embedded one. Drop it and begin again."
    )
