"""`leadlight reclassify` and `leadlight rescore`: recompute verdicts and scores with the current rules."""

import argparse

from tracker.actions.pipeline.scores import reclassify, rescore
from tracker.cli.commands.workspaces import add_workspace_option, selected_workspace
from tracker.cli.connect import connected
from tracker.cli.output import result, say


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares both commands."""
    parser = commands.add_parser(
        "reclassify", parents=[common], help="decide the verdict of every event again; prints how many leads and browsers are queued"
    )
    add_workspace_option(parser)
    parser.set_defaults(run=_reclassify)
    parser = commands.add_parser("rescore", parents=[common], help="recompute the score of every lead; prints their number")
    add_workspace_option(parser)
    parser.set_defaults(run=_rescore)


def _reclassify(arguments: argparse.Namespace) -> int:
    """Prints the number of marked leads and browsers; workers decide their verdicts in the bulk queue."""
    with connected() as deps:
        workspace = selected_workspace(deps, arguments)
        marked = reclassify(deps, workspace.id)
    say(f"{workspace.name}: {marked} leads and browsers are queued for new verdicts")
    result({"workspace": workspace.id, "marked": marked}, str(marked), as_json=arguments.json)
    return 0


def _rescore(arguments: argparse.Namespace) -> int:
    """Prints the number of leads; they are recomputed in the bulk queue."""
    with connected() as deps:
        workspace = selected_workspace(deps, arguments)
        leads = rescore(deps, workspace.id)
    say(f"{workspace.name}: {leads} leads are queued for scoring")
    result({"workspace": workspace.id, "leads": leads}, str(leads), as_json=arguments.json)
    return 0
