"""`leadlight demo`: creates or removes the demo workspace of a running Leadlight."""

import argparse

from tracker.actions.demo.demo import create_demo, enter_demo, remove_demo
from tracker.actions.demo.fill import fill
from tracker.actions.ops import audit
from tracker.actions.team.sign_in_links import printed
from tracker.actions.workspace.first_start import first_admin
from tracker.base.settings import load
from tracker.cli.connect import connected
from tracker.cli.output import result, say
from tracker.demo_data.bulk import CHUNK
from tracker.domain.ops.audit import AuditAction
from tracker.supervise.control import ask


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    parser = commands.add_parser("demo", parents=[common], help="create a demo company with live visits; prints a sign-in link")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--live", action="store_true", help="create the demo if there is none (default)")
    choice.add_argument("--remove", action="store_true", help="remove the demo with all its data")
    choice.add_argument("--events", type=int, metavar="N", help="add N events for a benchmark")
    parser.add_argument("--leads", type=int, default=1000, metavar="M", help="with --events: of M leads (default 1000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="with --events: seed of the data (default 1)")
    parser.add_argument("--workspace", help="with --events: the workspace to fill, by id (default: the demo)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """Prints a single-use sign-in link to the demo; with `--remove`, nothing."""
    settings = load()
    if arguments.events is not None:
        return _fill(arguments)
    if arguments.remove:
        with connected() as deps:
            existed = remove_demo(deps)
            if existed:
                audit.record_for_all(deps, AuditAction.DELETED, "demo workspace")
        say("Demo removed" if existed else "There was no demo")
        if arguments.json:
            result({"removed": existed}, "", as_json=True)
        return 0
    if settings.is_mongo_embedded:
        ask(settings.run_dir / "control.sock", do="ps")  # raises NotRunning if Leadlight is not running
    with connected() as deps:
        say("Creating the demo: three reps, forty leads, a month of history")
        demo = create_demo(deps)
        link = printed(deps, enter_demo(deps, first_admin(deps)))
    site = f"http://localhost:{settings.demo_port}"
    say(f"A lead is browsing {site} now. Single-use sign-in link to the demo, valid for 15 minutes:")
    result({"workspace": demo.id, "sign_in": link, "site": site}, link, as_json=arguments.json)
    return 0


def _fill(arguments: argparse.Namespace) -> int:
    """Prints the number of added events."""
    with connected() as deps:
        target = arguments.workspace or create_demo(deps, wait=0).id
        done = fill(
            deps,
            target,
            events=arguments.events,
            leads=arguments.leads,
            seed=arguments.seed,
            progress=lambda n: say(f"{n:,} of {arguments.events:,} events") if n % 50_000 < CHUNK else None,
        )
    result({"workspace": target, "events": done, "leads": arguments.leads}, str(done), as_json=arguments.json)
    return 0
