"""`leadlight up`: checks the machine, starts the servers and every process, says where to go, and stays until Ctrl-C."""

import argparse
import shutil
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from pymongo.errors import OperationFailure

from tracker.base.encryption.keyring import Keyring
from tracker.base.errors import LeadlightError
from tracker.base.private_files import restrict_permissions
from tracker.base.settings import Settings, load
from tracker.cli.bootstrap import Preparation
from tracker.cli.connect import opened
from tracker.cli.data_dir import HOME, environment, folder, is_healthy, on_path, only_one, private_folder
from tracker.cli.first_start import Welcome
from tracker.cli.make_parent import follow_make
from tracker.cli.output import Steps, result, say, say_lost
from tracker.cli.servers import start_servers
from tracker.cli.startup_checks import Check, machine_checks, port_checks
from tracker.links.keys import Keys
from tracker.supervise import Program, Stopped, Supervisor, end_leftovers, read_procfile

_HEALTH_SECONDS = 90
_AWAY_SECONDS = 8
_PORT_SECONDS = 3.0
_FIRST_RETRY_SECONDS = 0.5
_RETRY_SECONDS = 5
_SHORT_TICK_SECONDS = 0.02
_REFUSED = {13, 18, 8000}
"""MongoDB's codes: not authorized, authentication failed, the same of Atlas."""


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    parser = commands.add_parser("up", parents=[common], help="start Leadlight and stay until Ctrl-C")
    parser.add_argument("--procfile", type=Path, default=HOME / "Procfile", help="another list of processes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Starts everything. Raises LeadlightError with one line if it cannot."""
    begun, was_asked = time.monotonic(), follow_make()
    settings, programs = load(), read_procfile(arguments.procfile)
    preparation = Preparation(settings)
    steps = Steps(6)
    steps.next("Checking this machine")
    _refuse_failures(machine_checks(settings))
    with only_one(settings):
        note = private_folder(settings.data / "run") / "ps.json"
        if left := end_leftovers(note):
            say(f"    Ended what a killed Leadlight had left running: {', '.join(left)}.")
        _refuse_failures(_port_checks(settings))
        if loose := restrict_permissions(settings.data) + restrict_permissions(settings.spool_dir.resolve()):
            say(f"    Closed {loose} files and folders in DATA to other users of this machine.")
        sockets, logs = private_folder(settings.run_dir), private_folder(settings.data / "log")
        try:
            with Supervisor(sockets=sockets, note=note, logs=logs, folder=HOME, say=_say_with_time, was_asked=was_asked) as supervisor:
                welcome = _start(supervisor, settings, programs, preparation, steps)
                steps.next(f"Ready after {time.monotonic() - begun:.1f} s. Ctrl-C stops it. Logs: {logs}")
                _tell(settings, welcome, as_json=arguments.json)
                supervisor.run(lambda: _tell_later(settings, preparation, as_json=arguments.json))
                say("\nStopping: edge, drain, workers, console, servers")
        except Stopped:
            say("Stopped before it was ready")
            return 1
        finally:
            shutil.rmtree(sockets, ignore_errors=True)
    say("Stopped")
    return 0


def _start(
    supervisor: Supervisor, settings: Settings, programs: Sequence[Program], preparation: Preparation, steps: Steps
) -> Welcome | None:
    environ = environment(settings)
    programs = [on_path(program, environ["PATH"]) for program in programs]
    _check_addresses(settings)
    _start_servers(supervisor, settings, environ, steps)
    steps.next("Preparing keys and workspace")
    Keys.load(settings.signing_keys_file)
    Keyring(settings.secret_keys_file).ensure()
    folder(settings.spool_dir)  # whatever is changed before the drain is up reaches the edge by a file in there
    welcome = _prepared(supervisor, preparation)
    steps.next(f"Starting {len(programs)} processes: {', '.join(program.name for program in programs)}")
    for program in programs:
        supervisor.start(program, environ)
    steps.next("Waiting until edge and console answer")
    for name, port in (("edge", settings.edge_port), ("console", settings.port)):
        if any(program.name == name for program in programs):
            supervisor.wait_until(is_healthy(settings.host, port), seconds=_HEALTH_SECONDS, what=f"The {name}", needs=name)
    return welcome


def _check_addresses(settings: Settings) -> None:
    deps = opened(settings)
    deps.store.database.client.close()
    deps.redis.close()


def _start_servers(supervisor: Supervisor, settings: Settings, environ: dict[str, str], steps: Steps) -> None:
    own = [name for name, ours in (("MongoDB", settings.is_mongo_embedded), ("Valkey", settings.is_redis_embedded)) if ours]
    steps.next(f"Starting {' and '.join(own)}" if own else "Using the MongoDB and the Redis that the settings name")
    start_servers(supervisor, settings, environ)


def _prepared(supervisor: Supervisor, preparation: Preparation) -> Welcome | None:
    """None if MongoDB stays away for so long: no reason not to start, since the edge answers without it."""
    until = time.monotonic() + _AWAY_SECONDS
    while time.monotonic() < until or preparation.is_under_way:  # an upgrade may take its time
        if welcome := preparation.look(pause=_FIRST_RETRY_SECONDS):
            return welcome
        supervisor.tick(_SHORT_TICK_SECONDS)
    last = preparation.last_error
    refused = isinstance(last, OperationFailure) and last.code in _REFUSED
    why = "MongoDB refuses the user, the password or the database in MONGO_URL" if refused else "MongoDB does not answer yet"
    say(f"    {why}. Leads get their answers meanwhile; the rest begins when it is back.")
    return None


def _tell_later(settings: Settings, preparation: Preparation, *, as_json: bool) -> None:
    """After each round of the supervisor: says where to sign in, once MongoDB is there."""
    if welcome := preparation.look(pause=_RETRY_SECONDS):
        say("MongoDB is there now")
        _tell(settings, welcome, as_json=as_json)


def _tell(settings: Settings, welcome: Welcome | None, *, as_json: bool) -> None:
    sign_in = welcome.sign_in if welcome else None
    say_lost(welcome.lost if welcome else [])
    places = {"console": settings.public_url, "edge": settings.edge_url, "sign_in": sign_in}
    lines = [f"    Console  {settings.public_url}", f"    Edge     {settings.edge_url}"]
    if sign_in:
        lines.append(f"    Sign in  {sign_in}  (works once, within 15 minutes)")
    try:
        result(places, "\n".join(lines), as_json=as_json)
    except OSError as error:  # a full disk: leads must have their answers all the same
        say(f"Where to sign in cannot be written to stdout ({error.strerror}); see `leadlight rep add`")


def _port_checks(settings: Settings) -> list[Check]:
    """The checks of the ports. What was killed a moment ago may hold them until the kernel is done with its last thread."""
    until = time.monotonic() + _PORT_SECONDS
    checks = list(port_checks(settings))
    while any(check.level == "fail" for check in checks) and time.monotonic() < until:
        time.sleep(0.05)
        checks = list(port_checks(settings))
    return checks


def _refuse_failures(checks: Iterable[Check]) -> None:
    for check in checks:
        if check.level == "fail":
            raise LeadlightError(check.line)


def _say_with_time(text: str) -> None:
    say(f"{datetime.now().astimezone():%H:%M:%S} {text}")
