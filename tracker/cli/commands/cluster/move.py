"""`leadlight move`: from the embedded databases to your own, while Leadlight runs. If it is interrupted, run it again."""

import argparse
import contextlib
import fcntl
import os
from collections.abc import Iterator
from typing import Any

import redis
from pymongo.errors import ConfigurationError, PyMongoError

from tracker.actions.deps import open_redis
from tracker.base.encryption.keyring import Keyring
from tracker.base.errors import LeadlightError
from tracker.base.setting_parsers import parse_redis_url, parse_url
from tracker.base.settings import Settings, load
from tracker.base.settings_file import read_databases, write_databases
from tracker.cli.checks.cluster import set_check, version_check
from tracker.cli.commands.cluster.switch import Switch
from tracker.cli.data_dir import ensure_private_folder, refuse_foreign_owner
from tracker.cli.output import result, say
from tracker.cli.servers import is_running
from tracker.cli.signals import interruptible
from tracker.redis_client import refuse_cluster
from tracker.store.core.connection_problems import mongo_problem, redis_problem
from tracker.store.core.indexes import ensure_index
from tracker.store.dump import opened
from tracker.store.store import REPOSITORIES, Store
from tracker.store.transfer.transfer import STATE, Transfer

_MONGO, _REDIS = "LEADLIGHT_MOVE_MONGO_URL", "LEADLIGHT_MOVE_REDIS_URL"
_CATCH_UP_SECONDS = 20.0
_TRIES = 3


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    text = f"move from the embedded databases to those in {_MONGO} and {_REDIS} (in the environment), while Leadlight runs"
    commands.add_parser("move", parents=[common], help=text).set_defaults(run=_move)


def _move(arguments: argparse.Namespace) -> int:
    """Prints the number of copied documents and the seconds without console."""
    settings = load()
    refuse_foreign_owner(settings.data)
    if _completed(settings):
        return 0
    mongo_url, redis_url = _urls(settings)
    try:
        with interruptible(), _alone(settings), opened(settings.mongo_url) as source, opened(mongo_url) as target:
            _check_target(target, mongo_url)
            transfer = Transfer(source, target)
            try:
                found = _transferred(transfer, settings, mongo_url, redis_url)
            finally:
                transfer.close()
    except (PyMongoError, ConfigurationError) as error:
        raise LeadlightError(str(mongo_problem(error, mongo_url))) from error
    text = f"Leadlight uses the new databases. Edge and console went on; nothing could be changed for {found['read_only_seconds']:.1f} s."
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


def _transferred(transfer: Transfer, settings: Settings, mongo_url: str, redis_url: str) -> dict[str, float]:
    transfer.keep_changes()
    say("Going on with the transfer that was interrupted" if transfer.begin() else "Copying; Leadlight goes on meanwhile")
    copied = transfer.copy(lambda text: say(f"    {text}"))
    transfer.keep_up()
    _make_indexes(transfer.target)
    say(f"Copied {copied:,} documents. Comparing every one")
    transfer.keep_up()
    behind = transfer.compare()
    transfer.keep_up()
    say(f"{behind:,} changed meanwhile and are compared again. Pausing what writes in the background; edge and console go on")
    switch = Switch(settings, transfer.source)
    try:
        switch.pause()
        transfer.keep_up()
        switch.refuse_writes()
        transfer.catch_up(_CATCH_UP_SECONDS)
        _raise_on_differences(transfer)
        switch.prove()
        write_databases(settings.databases_file, mongo_url, redis_url)  # from here on, every start uses the new ones
    finally:
        seconds = switch.go_on()
    transfer.close()
    _complete(settings, transfer.target)
    switch.stop_servers(["mongod", *(["valkey"] if redis_url and settings.is_redis_embedded else [])])
    return {"documents": copied, **seconds}


def _complete(settings: Settings, target: Any) -> None:
    """What may also be done later: the indexes by which MongoDB removes what has expired, and the end of the progress."""
    Store(target, Keyring(settings.secret_keys_file)).ensure_indexes()
    target[STATE].drop()


def _completed(settings: Settings) -> bool:
    """Completes a move that was killed after the switch; returns whether there was one."""
    moved = read_databases(settings.databases_file).get("MONGO_URL")
    if settings.is_mongo_embedded or not moved or settings.mongo_url != moved:
        return False
    with opened(moved) as target:
        if STATE not in target.list_collection_names():
            return False
        _complete(settings, target)
    with contextlib.suppress(LeadlightError):  # not running, or started since
        Switch(settings, target).stop_servers(["mongod", *([] if settings.is_redis_embedded else ["valkey"])])
    say("Leadlight uses the new databases since the move that was interrupted; what was left of it is done.")
    return True


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
        transfer.catch_up(_CATCH_UP_SECONDS)  # MongoDB itself may have removed what has expired
    raise LeadlightError(
        f"the new database differs in {', '.join(found[:5])}; Leadlight goes on with the embedded one. Drop it and begin again."
    )
