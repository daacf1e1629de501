"""`leadlight reclassify` and `leadlight rescore`: what was decided, decided anew by the rules of today."""

import argparse

from tracker.actions.pipeline.scores import reclassify, rescore
from tracker.cli.commands.workspaces import add_option, chosen
from tracker.cli.connect import reached
from tracker.cli.output import result, say


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares both commands."""
    parser = commands.add_parser("reclassify", parents=[common], help="judge every event anew; prints how many verdicts changed")
    add_option(parser)
    parser.set_defaults(run=_reclassify)
    parser = commands.add_parser("rescore", parents=[common], help="score every lead anew; prints how many")
    add_option(parser)
    parser.set_defaults(run=_rescore)


def _reclassify(arguments: argparse.Namespace) -> int:
    """Prints how many verdicts changed; the leads concerned are recounted behind what happens now."""
    with reached() as deps:
        workspace = chosen(deps, arguments)
        changed = reclassify(deps, workspace.id)
    say(f"{workspace.name}: {changed} verdicts changed")
    result({"workspace": workspace.id, "changed": changed}, str(changed), as_json=arguments.json)
    return 0


def _rescore(arguments: argparse.Namespace) -> int:
    """Prints how many leads are scored anew, behind what happens now."""
    with reached() as deps:
        workspace = chosen(deps, arguments)
        leads = rescore(deps, workspace.id)
    say(f"{workspace.name}: {leads} leads are being scored anew")
    result({"workspace": workspace.id, "leads": leads}, str(leads), as_json=arguments.json)
    return 0
