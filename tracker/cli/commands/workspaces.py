"""`leadlight workspace add` and `leadlight workspace list`, and the option `--workspace` of other commands."""

import argparse

from tracker.actions.deps import Deps
from tracker.actions.ops import audit
from tracker.actions.workspace.workspaces import add_workspace, first_workspace
from tracker.base.errors import LeadlightError
from tracker.cli.connect import connected
from tracker.cli.output import result, table
from tracker.domain.ops.audit import OPERATOR, AuditAction
from tracker.domain.workspace.workspace import Workspace


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    verbs = commands.add_parser("workspace", help="the workspaces of this installation").add_subparsers(required=True, metavar="verb")
    parser = verbs.add_parser("add", parents=[common], help="add an empty workspace; prints its id")
    parser.add_argument("name", help="the company's name")
    parser.add_argument("--timezone", default="UTC", help="such as Europe/Lisbon; default: UTC")
    parser.add_argument("--home", metavar="URL", help="the company's home page")
    parser.set_defaults(run=_add)
    verbs.add_parser("list", parents=[common], help="list the workspaces").set_defaults(run=_list)


def add_workspace_option(parser: argparse.ArgumentParser) -> None:
    """Declares `--workspace`."""
    parser.add_argument("--workspace", metavar="NAME", help="name or id of the workspace; default: the first one")


def selected_workspace(deps: Deps, arguments: argparse.Namespace) -> Workspace:
    """The workspace in `--workspace`, else the first one. Raises LeadlightError if none or several have the name."""
    wanted = arguments.workspace
    if wanted is None:
        return first_workspace(deps)
    workspaces = deps.store.workspaces.all()
    found = [w for w in workspaces if w.id == wanted] or [w for w in workspaces if w.name.casefold() == wanted.casefold()]
    if len(found) > 1:
        raise LeadlightError(f"several workspaces are named {wanted}; give the id instead: {', '.join(w.id for w in found)}")
    if not found:
        raise LeadlightError(f"there is no workspace {wanted}; there are {', '.join(w.name for w in workspaces) or 'none'}")
    return found[0]


def _add(arguments: argparse.Namespace) -> int:
    """Prints the new workspace's id."""
    with connected() as deps:
        made = add_workspace(deps, arguments.name, timezone=arguments.timezone, home_url=arguments.home)
        audit.record(deps, made.id, AuditAction.WORKSPACE_ADDED, OPERATOR, made.name)
    result({"id": made.id, "name": made.name, "timezone": made.timezone}, made.id, as_json=arguments.json)
    return 0


def _list(arguments: argparse.Namespace) -> int:
    """Prints the workspaces, oldest first."""
    with connected() as deps:
        found = sorted(deps.store.workspaces.all(), key=lambda workspace: workspace.created_at)
        rows = [
            {
                "id": workspace.id,
                "name": workspace.name,
                "timezone": workspace.timezone,
                "demo": workspace.is_demo,
                "reps": len(deps.store.of(workspace.id).reps.active()),
                "leads": deps.store.of(workspace.id).leads.count(),
            }
            for workspace in found
        ]
    shown = [(str(r["id"]), str(r["name"]), str(r["timezone"]), "demo" if r["demo"] else "", str(r["reps"]), str(r["leads"])) for r in rows]
    result({"items": rows}, table(shown, ("ID", "NAME", "TIME ZONE", "", "REPS", "LEADS")), as_json=arguments.json)
    return 0
