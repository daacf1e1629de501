"""`leadlight up`: checks the machine, starts the servers and every process, says where to go, and stays until Ctrl-C."""

import argparse
import shutil
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from pymongo.errors import OperationFailure, PyMongoError

from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings, load
from tracker.cli.checks import Check, machine_checks, port_checks
from tracker.cli.first_start import Welcome, prepare
from tracker.cli.made import follow_make
from tracker.cli.output import Steps, result, say
from tracker.cli.place import HOME, environment, folder, is_healthy, on_path, only_one, private_folder
from tracker.cli.reach import opened
from tracker.cli.servers import start_servers
from tracker.links.keys import Keys
from tracker.supervise import Stopped, Supervisor, end_leftovers, read_procfile

_HEALTH_SECONDS = 90
_AWAY_SECONDS = 8
_PORT_SECONDS = 3.0
_RETRY_SECONDS = 5
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
    settings = load()
    steps = Steps(6)
    steps.next("Checking this machine")
    _refuse_failures(machine_checks(settings))
    with only_one(settings):
        note = private_folder(settings.data / "run") / "ps.json"
        if left := end_leftovers(note):
            say(f"    Ended what a killed Leadlight had left running: {', '.join(left)}.")
        _refuse_failures(_port_checks(settings))
        sockets, logs = private_folder(settings.run_dir), private_folder(settings.data / "log")
        try:
            with Supervisor(sockets=sockets, note=note, logs=logs, folder=HOME, say=_say_with_time, was_asked=was_asked) as supervisor:
                welcome = _start(supervisor, settings, arguments.procfile, steps)
                steps.next(f"Ready after {time.monotonic() - begun:.1f} s. Ctrl-C stops it. Logs: {logs}")
                _tell(settings, welcome, as_json=arguments.json)
                supervisor.run(None if welcome else _prepare_later(settings, as_json=arguments.json))
                say("\nStopping: edge, drain, workers, console, servers")
        except Stopped:
            say("Stopped before it was ready")
            return 1
        finally:
            shutil.rmtree(sockets, ignore_errors=True)
    say("Stopped")
    return 0


def _start(supervisor: Supervisor, settings: Settings, procfile: Path, steps: Steps) -> Welcome | None:
    environ = environment(settings)
    _check_addresses(settings)
    _start_servers(supervisor, settings, environ, steps)
    steps.next("Preparing signing keys and workspace")
    Keys.load(settings.signing_keys_file)
    folder(settings.spool_dir)  # whatever is changed before the drain is up reaches the edge by a file in there
    welcome = _prepare_within(supervisor, settings, _AWAY_SECONDS)
    programs = [on_path(program, environ["PATH"]) for program in read_procfile(procfile)]
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


def _prepare_within(supervisor: Supervisor, settings: Settings, seconds: float) -> Welcome | None:
    """None if MongoDB stays away for so long: no reason not to start, since the edge answers without it."""
    until, last = time.monotonic() + seconds, PyMongoError()
    while time.monotonic() < until:
        try:
            return prepare(settings)
        except PyMongoError as error:
            last = error
            supervisor.tick()
    refused = isinstance(last, OperationFailure) and last.code in _REFUSED
    why = "MongoDB refuses the user, the password or the database in MONGO_URL" if refused else "MongoDB does not answer yet"
    say(f"    {why}. Leads get their answers meanwhile; the rest begins when it is back.")
    return None


def _prepare_later(settings: Settings, *, as_json: bool) -> Callable[[], None]:
    """For each round of the supervisor: prepares as soon as MongoDB is there, and then tells where to sign in."""
    due = time.monotonic() + _RETRY_SECONDS
    is_done = False

    def once_a_while() -> None:
        nonlocal due, is_done
        if is_done or time.monotonic() < due:
            return
        due = time.monotonic() + _RETRY_SECONDS
        try:
            welcome = prepare(settings)
        except PyMongoError:
            return
        is_done = True
        say("MongoDB is there now")
        _tell(settings, welcome, as_json=as_json)

    return once_a_while


def _tell(settings: Settings, welcome: Welcome | None, *, as_json: bool) -> None:
    sign_in = welcome.sign_in if welcome else None
    places = {"console": settings.public_url, "edge": settings.edge_url, "sign_in": sign_in}
    lines = [f"    Console  {settings.public_url}", f"    Edge     {settings.edge_url}"]
    if sign_in:
        lines.append(f"    Sign in  {sign_in}  (works once, within 15 minutes)")
    result(places, "\n".join(lines), as_json=as_json)


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
