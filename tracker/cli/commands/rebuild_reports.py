"""`leadlight rebuild-reports`: makes anew what reports are counted from."""

import argparse

from tracker.actions.reports.comparison import differing_reports
from tracker.actions.reports.event_counts import count_all
from tracker.actions.reports.roll_ups import build
from tracker.cli.commands.workspaces import add_workspace_option, selected_workspace
from tracker.cli.connect import connected
from tracker.cli.output import result, say


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "rebuild-reports",
        parents=[common],
        help="make anew what reports are counted from, and compare every report with a count of all records; prints the reports that differ",
    )
    add_workspace_option(parser)
    parser.set_defaults(run=_rebuild)


def _rebuild(arguments: argparse.Namespace) -> int:
    """Prints the names of reports that differ, one a line. Returns 1 if there are any."""
    with connected() as deps:
        workspace = selected_workspace(deps, arguments)
        build(deps, workspace)
        count_all(deps, workspace)
        differing = list(differing_reports(deps, workspace))
    say(f"{workspace.name}: made anew; {f'{len(differing)} reports differ from their records' if differing else 'every report agrees'}")
    result({"workspace": workspace.id, "differing": differing}, "\n".join(differing), as_json=arguments.json)
    return 1 if differing else 0
