"""`leadlight demo`: the demo workspace made or removed, in a running Leadlight."""

import argparse

from tracker.actions.demo import create_demo, enter_demo, remove_demo
from tracker.actions.first_start import first_admin
from tracker.actions.reps import sign_in_link
from tracker.base.settings import load
from tracker.cli.output import result, say
from tracker.cli.reach import reached
from tracker.supervise import ask


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    parser = commands.add_parser("demo", parents=[common], help="a made-up company where leads walk the site now; prints a link into it")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--live", action="store_true", help="make it, if there is none (default)")
    choice.add_argument("--remove", action="store_true", help="remove it with everything in it")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """Prints a link that signs you in to the demo once; with `--remove`, nothing."""
    settings = load()
    if arguments.remove:
        with reached() as deps:
            was_there = remove_demo(deps)
        say("The demo is gone" if was_there else "There was no demo")
        if arguments.json:
            result({"removed": was_there}, "", as_json=True)
        return 0
    if settings.is_mongo_embedded:
        ask(settings.run_dir / "control.sock", do="ps")  # says in plain words if nothing runs here
    with reached() as deps:
        say("Making the demo: three reps, forty leads, a month of history")
        demo = create_demo(deps)
        link = sign_in_link(deps, enter_demo(deps, first_admin(deps)))
    site = f"http://localhost:{settings.demo_port}"
    say(f"A lead walks {site} now. This link signs you in to the demo once, within 15 minutes:")
    result({"workspace": demo.id, "sign_in": link, "site": site}, link, as_json=arguments.json)
    return 0
