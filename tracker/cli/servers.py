"""Start of the embedded servers by `leadlight up`, and temporarily by commands that need a database while Leadlight does not run."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pymongo
from pymongo.errors import PyMongoError

from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings
from tracker.cli import metrics_dir
from tracker.cli.data_dir import HOME, ensure_private_folder, environment, instance_lock
from tracker.cli.output import say
from tracker.cli.signals import interruptible
from tracker.embedded.binaries import mongod_binary, valkey_binary
from tracker.embedded.mongod import is_primary, mongod_command
from tracker.embedded.valkey import is_valkey_up, valkey_command
from tracker.store.dump import opened
from tracker.store.transfer.fence import allow_writes
from tracker.supervise.control import NotRunning, ask
from tracker.supervise.leftovers import end_leftovers
from tracker.supervise.procfile import SERVERS, Program
from tracker.supervise.supervisor import Stopped, Supervisor

_SERVER_SECONDS = 60
_FENCE_SECONDS = 3


def start_servers(supervisor: Supervisor, settings: Settings, environ: Mapping[str, str]) -> None:
    """Starts the embedded servers and waits for them. Raises LeadlightError with the last log line of a failed one."""
    valkey, mongod = settings.run_dir / "valkey.sock", settings.run_dir / "mongod.sock"
    if settings.is_redis_embedded:
        command = valkey_command(valkey_binary(), data=ensure_private_folder(settings.data / "valkey"), socket=valkey)
        supervisor.start(Program("valkey", tuple(command), SERVERS), environ)
    if settings.is_mongo_embedded:
        if not settings.secret_keys_file.exists():
            remove_old_logs(settings.data / "log")
        command = mongod_command(mongod_binary(), data=ensure_private_folder(settings.data / "mongo"), socket=mongod)
        supervisor.start(Program("mongod", tuple(command), SERVERS), environ)
    if settings.is_redis_embedded:
        supervisor.wait_until(lambda: is_valkey_up(valkey), seconds=_SERVER_SECONDS, what="Valkey", needs="valkey")
    if settings.is_mongo_embedded:
        supervisor.wait_until(lambda: is_primary(mongod), seconds=_SERVER_SECONDS, what="MongoDB", needs="mongod")
        supervisor.wait_until(lambda: _accepts_writes(settings), seconds=_SERVER_SECONDS, what="MongoDB", needs="mongod")


def lift_fence(settings: Settings) -> bool:
    """Lets the embedded MongoDB accept writes again, after a `leadlight move` that was killed; returns whether it had moved.

    Then nothing is lifted. Raises PyMongoError.
    """
    if not settings.is_mongo_embedded or "MONGO_URL" in settings.moved:
        return True
    with opened(settings.mongo_url) as database, pymongo.timeout(_FENCE_SECONDS):
        allow_writes(database)
    return False


def _accepts_writes(settings: Settings) -> bool:
    try:
        lift_fence(settings)
    except PyMongoError:
        return False
    return True


def remove_old_logs(logs: Path) -> None:
    """Removes mongod logs of versions without a secrets' key, because they contain slow queries with personal data of leads."""
    for log in logs.glob("mongod.log*"):
        log.unlink(missing_ok=True)


def is_running(settings: Settings) -> bool:
    """Whether Leadlight is running with this DATA folder."""
    try:
        ask(settings.run_dir / "control.sock", do="ps")
    except NotRunning:
        return False
    return True


@contextlib.contextmanager
def running_database(settings: Settings) -> Iterator[None]:
    """Provides the database: of a running Leadlight, of MONGO_URL, or of embedded servers started for the block.

    A signal raises KeyboardInterrupt and the servers stop. Raises LeadlightError if MongoDB fails.
    """
    own = settings.is_mongo_embedded and not is_running(settings)
    try:
        with interruptible(), temporary_servers(settings) if own else contextlib.nullcontext():
            yield
    except PyMongoError as error:
        raise LeadlightError(f"MongoDB failed ({type(error).__name__}: {error})") from error


@contextlib.contextmanager
def temporary_servers(settings: Settings) -> Iterator[None]:
    """Runs the embedded servers for the block; Leadlight cannot start meanwhile.

    A signal raises KeyboardInterrupt and the servers stop.
    """
    with instance_lock(settings):
        pid_file = ensure_private_folder(settings.data / "run") / "ps.json"
        end_leftovers(pid_file)
        sockets, logs = ensure_private_folder(settings.run_dir), ensure_private_folder(settings.data / "log")
        try:
            with Supervisor(
                sockets=sockets, pid_file=pid_file, logs=logs, folder=HOME, say=say, is_stop_requested=lambda: False
            ) as supervisor:
                start_servers(supervisor, settings, environment(settings))
                with interruptible():
                    supervisor.tick(0)  # raises if a signal has already arrived
                    yield
        except Stopped:
            raise KeyboardInterrupt from None
        finally:
            shutil.rmtree(sockets, ignore_errors=True)
            metrics_dir.remove(settings)
