"""`leadlight ps`, `pause`, `resume` and `reload`: commands to the running supervisor."""

import argparse
import importlib
import time
from datetime import UTC, datetime
from pathlib import Path

from tracker.base.errors import LeadlightError
from tracker.base.settings import load
from tracker.cli.data_dir import health_probe
from tracker.cli.output import result, say, table
from tracker.supervise.control import ask

_TIMEOUT_SECONDS = 30
_TICK_SECONDS = 0.1
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the commands."""
    parser = commands.add_parser("ps", parents=[common], help="the running processes")
    parser.add_argument("--all", action="store_true", help="those of all hosts, as they last reported themselves")
    parser.add_argument("--forget", metavar="HOST", help="remove a host that was taken out for good")
    parser.set_defaults(run=ps)
    for name, what, reached in (("pause", "stop a process until it is resumed", "paused"), ("resume", "start a paused process", "running")):
        parser = commands.add_parser(name, parents=[common], help=what)
        parser.add_argument("process", help="its name in `leadlight ps`")
        parser.set_defaults(run=_change, verb=name, reached=reached)
    parser = commands.add_parser("reload", parents=[common], help="restart all processes without failing requests")
    parser.set_defaults(run=_reload)


def ps(arguments: argparse.Namespace) -> int:
    """Prints every process with pid, ports, state, time since the last state change, and restarts."""
    if arguments.forget or arguments.all:
        hosts = importlib.import_module("tracker.cli.commands.cluster.hosts")  # with the database driver, which `ps` does not need
        code: int = hosts.forget(arguments.forget, as_json=arguments.json) if arguments.forget else hosts.list_hosts(as_json=arguments.json)
        return code
    rows = ask(load().run_dir / "control.sock", do="ps")["processes"]
    cells = [
        (r["name"], r["pid"] or "-", ", ".join(map(str, r["ports"])) or "-", r["state"], _ago(r["since"]), r["restarts"]) for r in rows
    ]
    result(rows, table(cells, ("NAME", "PID", "PORTS", "STATE", "SINCE", "RESTARTS")), as_json=arguments.json)
    return 0


def _change(arguments: argparse.Namespace) -> int:
    """Pauses or resumes one process and waits for the new state."""
    control, name = load().run_dir / "control.sock", arguments.process
    state = ask(control, do=arguments.verb, name=name)["state"]
    until = time.monotonic() + _TIMEOUT_SECONDS
    while state != arguments.reached:
        if time.monotonic() > until:
            raise LeadlightError(f"{name} is still {state}; see its log in DATA/log")
        time.sleep(_TICK_SECONDS)
        state = next(row["state"] for row in ask(control, do="ps")["processes"] if row["name"] == name)
    say(f"{name} is {state}")
    if arguments.json:
        result({"name": name, "state": state}, "", as_json=True)
    return 0


def _reload(arguments: argparse.Namespace) -> int:
    """Prints the reloaded and restarted processes; returns once all run again."""
    settings = load()
    control = settings.run_dir / "control.sock"
    done = ask(control, do="reload")
    ports = {"edge": settings.edge_port, "console": settings.port}
    probes = [health_probe(settings.host, ports[name]) for name in done["reloaded"] if name in ports]
    until = time.monotonic() + _TIMEOUT_SECONDS
    while not (_all_run(control, done["restarted"]) and all(is_healthy() for is_healthy in probes)):
        if time.monotonic() > until:
            raise LeadlightError("not all processes are running again; see `leadlight ps`")
        time.sleep(_TICK_SECONDS)
    text = "\n".join(f"{name}  {what}" for what, names in done.items() for name in names)
    result(done, text, as_json=arguments.json)
    return 0


def _all_run(control: Path, names: list[str]) -> bool:
    return all(row["state"] == "running" for row in ask(control, do="ps")["processes"] if row["name"] in names)


def _ago(since: str) -> str:
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds())
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    return f"{seconds // _HOUR} h" if seconds < _DAY else f"{seconds // _DAY} days"
