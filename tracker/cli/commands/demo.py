"""`leadlight demo`: the demo workspace made or removed, in a running Leadlight."""

import argparse

from tracker.actions.demo.demo import create_demo, enter_demo, remove_demo
from tracker.actions.demo.fill import fill
from tracker.actions.ops import audit
from tracker.actions.team.sign_in_links import printed
from tracker.actions.workspace.first_start import first_admin
from tracker.base.settings import load
from tracker.cli.connect import reached
from tracker.cli.output import result, say
from tracker.demo_data.bulk import CHUNK
from tracker.domain.ops.audit import AuditAction
from tracker.supervise import ask


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    parser = commands.add_parser("demo", parents=[common], help="a made-up company where leads walk the site now; prints a link into it")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--live", action="store_true", help="make it, if there is none (default)")
    choice.add_argument("--remove", action="store_true", help="remove it with everything in it")
    choice.add_argument("--events", type=int, metavar="N", help="fill for a bench: so many events more")
    parser.add_argument("--leads", type=int, default=1000, metavar="M", help="with --events: of so many leads (default 1000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="with --events: another seed makes other data (default 1)")
    parser.add_argument("--workspace", help="with --events: the workspace to fill, by id (default: the demo)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """Prints a link that signs you in to the demo once; with `--remove`, nothing."""
    settings = load()
    if arguments.events is not None:
        return _fill(arguments)
    if arguments.remove:
        with reached() as deps:
            was_there = remove_demo(deps)
            if was_there:
                audit.record_for_all(deps, AuditAction.DELETED, "demo workspace")
        say("The demo is gone" if was_there else "There was no demo")
        if arguments.json:
            result({"removed": was_there}, "", as_json=True)
        return 0
    if settings.is_mongo_embedded:
        ask(settings.run_dir / "control.sock", do="ps")  # says in plain words if nothing runs here
    with reached() as deps:
        say("Making the demo: three reps, forty leads, a month of history")
        demo = create_demo(deps)
        link = printed(deps, enter_demo(deps, first_admin(deps)))
    site = f"http://localhost:{settings.demo_port}"
    say(f"A lead walks {site} now. This link signs you in to the demo once, within 15 minutes:")
    result({"workspace": demo.id, "sign_in": link, "site": site}, link, as_json=arguments.json)
    return 0


def _fill(arguments: argparse.Namespace) -> int:
    """Prints how many events were added."""
    with reached() as deps:
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
