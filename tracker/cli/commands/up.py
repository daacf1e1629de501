"""`leadlight up`: checks the machine, starts servers and processes, prints the URLs, and runs until Ctrl-C."""

import argparse
import shutil
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import redis

from tracker.base.clock import utc_now
from tracker.base.encryption import recovery_key
from tracker.base.encryption.keyring import Keyring
from tracker.base.errors import LeadlightError
from tracker.base.private_files import restrict_permissions
from tracker.base.settings import Settings, load
from tracker.cli import metrics_dir
from tracker.cli.bootstrap import Bootstrap
from tracker.cli.checks.check import Check
from tracker.cli.connect import open_connections
from tracker.cli.data_dir import HOME, ensure_folder, ensure_private_folder, environment, health_probe, instance_lock, resolve_program
from tracker.cli.first_start import Welcome
from tracker.cli.make_parent import watch_make
from tracker.cli.output import Progress, result, say, say_lost_secrets
from tracker.cli.servers import lift_fence, start_servers
from tracker.cli.startup_checks import machine_checks, port_checks
from tracker.links.keys import Keys
from tracker.redis_client import refuse_cluster
from tracker.store.core.connection_problems import mongo_problem, redis_problem
from tracker.supervise.leftovers import end_leftovers
from tracker.supervise.procfile import Program, read_procfile
from tracker.supervise.supervisor import Stopped, Supervisor

_HEALTH_SECONDS = 90
_MONGO_SECONDS = 8
_PORT_SECONDS = 3.0
_FIRST_RETRY_SECONDS = 0.5
_RETRY_SECONDS = 5
_SHORT_TICK_SECONDS = 0.02


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    parser = commands.add_parser("up", parents=[common], help="start Leadlight and stay until Ctrl-C")
    parser.add_argument("--procfile", type=Path, default=HOME / "Procfile", help="another Procfile")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Starts everything. Raises LeadlightError if it cannot."""
    started, is_stop_requested = time.monotonic(), watch_make()
    settings, programs = load(), read_procfile(arguments.procfile)
    bootstrap = Bootstrap(settings)
    progress = Progress(6)
    progress.next("Checking this machine")
    _raise_on_failure(machine_checks(settings))
    with instance_lock(settings):
        pid_file = ensure_private_folder(settings.data / "run") / "ps.json"
        if left := end_leftovers(pid_file):
            say(f"    Stopped processes left by a killed Leadlight: {', '.join(left)}.")
        _raise_on_failure(_port_checks(settings))
        if loose := restrict_permissions(settings.data) + restrict_permissions(settings.spool_dir.resolve()):
            say(f"    Removed access of other users to {loose} files and folders in DATA.")
        sockets, logs = ensure_private_folder(settings.run_dir), ensure_private_folder(settings.data / "log")
        try:
            with Supervisor(
                sockets=sockets,
                pid_file=pid_file,
                logs=logs,
                folder=HOME,
                say=_say_with_time,
                is_stop_requested=is_stop_requested,
                changed=lambda: settings.moved,
                released=lambda: lift_fence(settings),
            ) as supervisor:
                welcome = _start(supervisor, settings, programs, bootstrap, progress)
                progress.next(f"Ready after {time.monotonic() - started:.1f} s. Ctrl-C stops it. Logs: {logs}")
                _print_urls(settings, welcome, as_json=arguments.json)
                supervisor.run(lambda: _print_urls_later(settings, bootstrap, as_json=arguments.json))
                say("\nStopping: edge, drain, workers, console, servers")
        except Stopped:
            say("Stopped before it was ready")
            return 1
        finally:
            shutil.rmtree(sockets, ignore_errors=True)
            metrics_dir.remove(settings)
    say("Stopped")
    return 0


def _start(
    supervisor: Supervisor, settings: Settings, programs: Sequence[Program], bootstrap: Bootstrap, progress: Progress
) -> Welcome | None:
    environ = environment(settings)
    programs = [resolve_program(program, environ["PATH"]) for program in programs]
    _check_addresses(settings)
    _start_servers(supervisor, settings, environ, progress)
    progress.next("Preparing keys and workspace")
    Keys.load(settings.signing_keys_file)
    Keyring(settings.secret_keys_file).ensure()
    recovery_key.ensure(settings.recovery_key_file, utc_now())
    ensure_folder(settings.spool_dir)  # policy changes reach the edge by a file in it, even before the drain starts
    welcome = _wait_for_bootstrap(supervisor, bootstrap, settings)
    progress.next(f"Starting {len(programs)} processes: {', '.join(program.name for program in programs)}")
    for program in programs:
        supervisor.start(program, environ)
    progress.next("Waiting until edge and console respond")
    for name, port in (("edge", settings.edge_port), ("console", settings.port)):
        if any(program.name == name for program in programs):
            supervisor.wait_until(health_probe(settings.host, port), seconds=_HEALTH_SECONDS, what=f"The {name}", needs=name)
    return welcome


def _check_addresses(settings: Settings) -> None:
    """Raises LeadlightError for an invalid URL. A Redis of one's own that cannot be used is said, because the start does not wait for it."""
    deps = open_connections(settings)
    try:
        if not settings.is_redis_embedded:
            refuse_cluster(deps.redis)
    except redis.RedisError as error:
        say(f"    {redis_problem(error, settings.redis_url)} Leadlight works without it, with delays and without live updates.")
    finally:
        deps.store.database.client.close()
        deps.redis.close()


def _start_servers(supervisor: Supervisor, settings: Settings, environ: dict[str, str], progress: Progress) -> None:
    own = [name for name, ours in (("MongoDB", settings.is_mongo_embedded), ("Valkey", settings.is_redis_embedded)) if ours]
    progress.next(f"Starting {' and '.join(own)}" if own else "Using MongoDB and Redis from the settings")
    start_servers(supervisor, settings, environ)


def _wait_for_bootstrap(supervisor: Supervisor, bootstrap: Bootstrap, settings: Settings) -> Welcome | None:
    """The welcome, or None if MongoDB does not respond in time; the edge also works without it."""
    until = time.monotonic() + _MONGO_SECONDS
    while time.monotonic() < until or bootstrap.is_running:  # an upgrade may take longer
        if welcome := bootstrap.poll(pause=_FIRST_RETRY_SECONDS):
            return welcome
        supervisor.tick(_SHORT_TICK_SECONDS)
    own = "MongoDB does not respond yet."
    reason = own if settings.is_mongo_embedded else str(mongo_problem(bootstrap.last_error, settings.mongo_url))
    say(f"    {reason} The edge works meanwhile; everything else starts when MongoDB responds.")
    return None


def _print_urls_later(settings: Settings, bootstrap: Bootstrap, *, as_json: bool) -> None:
    """Prints the sign-in link as soon as MongoDB responds; called after each round of the supervisor."""
    if welcome := bootstrap.poll(pause=_RETRY_SECONDS):
        say("MongoDB is available now")
        _print_urls(settings, welcome, as_json=as_json)


def _print_urls(settings: Settings, welcome: Welcome | None, *, as_json: bool) -> None:
    sign_in = welcome.sign_in if welcome else None
    say_lost_secrets(welcome.lost if welcome else [])
    urls = {"console": settings.public_url, "edge": settings.edge_url, "sign_in": sign_in}
    lines = [f"    Console  {settings.public_url}", f"    Edge     {settings.edge_url}"]
    if sign_in:
        lines.append(f"    Sign in  {sign_in}  (works once, within 15 minutes)")
    try:
        result(urls, "\n".join(lines), as_json=as_json)
    except OSError as error:  # a full disk must not stop the edge
        say(f"The sign-in link cannot be written to stdout ({error.strerror}); see `leadlight rep add`")


def _port_checks(settings: Settings) -> list[Check]:
    """The port checks, repeated for a few seconds: a process killed just before may still hold its ports."""
    until = time.monotonic() + _PORT_SECONDS
    checks = list(port_checks(settings))
    while any(check.level == "fail" for check in checks) and time.monotonic() < until:
        time.sleep(0.05)
        checks = list(port_checks(settings))
    return checks


def _raise_on_failure(checks: Iterable[Check]) -> None:
    for check in checks:
        if check.level == "fail":
            raise LeadlightError(check.line)


def _say_with_time(text: str) -> None:
    say(f"{datetime.now().astimezone():%H:%M:%S} {text}")
