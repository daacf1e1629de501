"""The embedded servers, started by `leadlight up` and, for a command that needs a database while nothing runs, for a while."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from pymongo.errors import PyMongoError

from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings
from tracker.cli import metrics_dir
from tracker.cli.data_dir import HOME, environment, only_one, private_folder
from tracker.cli.output import say
from tracker.cli.signals import interruptible
from tracker.embedded import is_primary, is_valkey_up, mongod_binary, mongod_command, valkey_binary, valkey_command
from tracker.supervise import NotRunning, Program, Stopped, Supervisor, ask, end_leftovers
from tracker.supervise.procfile import SERVERS

_SERVER_SECONDS = 60


def start_servers(supervisor: Supervisor, settings: Settings, environ: Mapping[str, str]) -> None:
    """Starts those that the settings leave to us, and waits for them. Raises LeadlightError with the last word of one that fails."""
    valkey, mongod = settings.run_dir / "valkey.sock", settings.run_dir / "mongod.sock"
    if settings.is_redis_embedded:
        command = valkey_command(valkey_binary(), data=private_folder(settings.data / "valkey"), socket=valkey)
        supervisor.start(Program("valkey", tuple(command), SERVERS), environ)
    if settings.is_mongo_embedded:
        if not settings.secret_keys_file.exists():
            forget_logs(settings.data / "log")
        command = mongod_command(mongod_binary(), data=private_folder(settings.data / "mongo"), socket=mongod)
        supervisor.start(Program("mongod", tuple(command), SERVERS), environ)
    if settings.is_redis_embedded:
        supervisor.wait_until(lambda: is_valkey_up(valkey), seconds=_SERVER_SECONDS, what="Valkey", needs="valkey")
    if settings.is_mongo_embedded:
        supervisor.wait_until(lambda: is_primary(mongod), seconds=_SERVER_SECONDS, what="MongoDB", needs="mongod")


def forget_logs(logs: Path) -> None:
    """Removes mongod's logs of versions that kept no secrets' key: slow queries stood in them with the personal data of leads."""
    for log in logs.glob("mongod.log*"):
        log.unlink(missing_ok=True)


def is_running(settings: Settings) -> bool:
    """Whether a Leadlight runs with this DATA folder."""
    try:
        ask(settings.run_dir / "control.sock", do="ps")
    except NotRunning:
        return False
    return True


@contextlib.contextmanager
def database_up(settings: Settings) -> Iterator[None]:
    """With the database of a running Leadlight, with one of the settings', or with our own started for as long as it takes.

    Told to stop meanwhile, it raises KeyboardInterrupt and tidies up. Raises LeadlightError where MongoDB fails.
    """
    own = settings.is_mongo_embedded and not is_running(settings)
    try:
        with interruptible(), servers_for_a_while(settings) if own else contextlib.nullcontext():
            yield
    except PyMongoError as error:
        raise LeadlightError(f"MongoDB does not answer as it should ({type(error).__name__}: {error})") from error


@contextlib.contextmanager
def servers_for_a_while(settings: Settings) -> Iterator[None]:
    """The database while nothing runs: our own servers until the block ends. Nobody else can start Leadlight meanwhile.

    Who is told to stop meanwhile gets a KeyboardInterrupt, and the servers end.
    """
    with only_one(settings):
        note = private_folder(settings.data / "run") / "ps.json"
        end_leftovers(note)
        sockets, logs = private_folder(settings.run_dir), private_folder(settings.data / "log")
        try:
            with Supervisor(sockets=sockets, note=note, logs=logs, folder=HOME, say=say, was_asked=lambda: False) as supervisor:
                start_servers(supervisor, settings, environment(settings))
                with interruptible():
                    supervisor.tick(0)  # for whoever said it a moment ago
                    yield
        except Stopped:
            raise KeyboardInterrupt from None
        finally:
            shutil.rmtree(sockets, ignore_errors=True)
            metrics_dir.remove(settings)
