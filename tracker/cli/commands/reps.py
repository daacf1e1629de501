"""`leadlight rep add`, `rep link` and `rep list`: adds a rep, creates sign-in links, lists reps."""

import argparse
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.actions.ops import audit
from tracker.actions.team import sign_in_links
from tracker.actions.team.reps import add_rep
from tracker.base.errors import LeadlightError
from tracker.base.mail_addresses import address_key
from tracker.cli.commands.workspaces import add_workspace_option, selected_workspace
from tracker.cli.connect import connected
from tracker.cli.output import result, say, table
from tracker.domain.ops.audit import OPERATOR, AuditAction
from tracker.domain.team.rep import Rep, Role


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    verbs = commands.add_parser("rep", help="the reps of a workspace").add_subparsers(required=True, metavar="verb")
    parser = verbs.add_parser("add", parents=[common], help="add a rep; prints a single-use sign-in link")
    parser.add_argument("email")
    parser.add_argument("--name", help="default: the part before the @")
    parser.add_argument("--role", choices=[role.value for role in Role], default=Role.REP.value)
    parser.add_argument("--timezone", help="default: the workspace's")
    add_workspace_option(parser)
    parser.set_defaults(run=_add)
    parser = verbs.add_parser("link", parents=[common], help="create a single-use sign-in link for a rep, valid for 15 minutes")
    parser.add_argument("email")
    add_workspace_option(parser)
    parser.set_defaults(run=_link)
    parser = verbs.add_parser("list", parents=[common], help="list the reps of a workspace")
    add_workspace_option(parser)
    parser.set_defaults(run=_list)


def _add(arguments: argparse.Namespace) -> int:
    """Prints the invitation link."""
    name, role = arguments.name or arguments.email.partition("@")[0], Role(arguments.role)
    with connected() as deps:
        workspace = selected_workspace(deps, arguments)
        rep = add_rep(deps, workspace.id, email=arguments.email, name=name, role=role, timezone=arguments.timezone)
        link = sign_in_links.printed(deps, rep, is_invitation=True)
        audit.record(deps, workspace.id, AuditAction.REP_ADDED, OPERATOR, rep.name, role=role.value, email=rep.email)
    say(f"{rep.name} is now a rep of {workspace.name}. Single-use sign-in link, valid for three days:")
    result({"id": rep.id, "email": rep.email, "name": rep.name, "role": rep.role.value, "sign_in": link}, link, as_json=arguments.json)
    return 0


def _link(arguments: argparse.Namespace) -> int:
    """Prints the link."""
    with connected() as deps:
        rep = _only(deps, arguments)
        workspace = deps.store.workspaces.get(rep.workspace)
        link = sign_in_links.printed(deps, rep)
        audit.record(deps, workspace.id, AuditAction.LINK_CREATED, OPERATOR, rep.name)
    say(f"Single-use sign-in link for {rep.name} to {workspace.name}, valid for 15 minutes:")
    result({"id": rep.id, "workspace": workspace.id, "email": rep.email, "sign_in": link}, link, as_json=arguments.json)
    return 0


def _list(arguments: argparse.Namespace) -> int:
    """Prints the reps by name; deactivated ones too."""
    with connected() as deps:
        reps = sorted(deps.store.of(selected_workspace(deps, arguments).id).reps.all(), key=lambda rep: rep.name.casefold())
    rows = [
        {
            "id": rep.id,
            "name": rep.name,
            "email": rep.email,
            "role": rep.role.value,
            "active": rep.is_active,
            "last_seen_at": rep.last_seen_at.isoformat() if rep.last_seen_at else None,
        }
        for rep in reps
    ]
    shown = [(rep.email, rep.name, rep.role.value, "" if rep.is_active else "deactivated", _moment(rep.last_seen_at)) for rep in reps]
    result({"items": rows}, table(shown, ("EMAIL", "NAME", "ROLE", "", "LAST SEEN")), as_json=arguments.json)
    return 0


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def _only(deps: Deps, arguments: argparse.Namespace) -> Rep:
    """The active rep with this address. Raises LeadlightError if there is none, or one in several workspaces."""
    found = [rep for rep in deps.store.persons.reps_by_address(arguments.email) if deps.store.workspaces.find(rep.workspace)]
    if arguments.workspace is not None:
        wanted = selected_workspace(deps, arguments).id
        found = [rep for rep in found if rep.workspace == wanted]
    else:
        found = [rep for rep in found if not deps.store.workspaces.get(rep.workspace).is_demo] or found
    wanted_key = address_key(arguments.email)
    found = [rep for rep in found if address_key(rep.email) == wanted_key] or found  # confirmed addresses before pending ones
    if not found:
        raise LeadlightError(f"no active rep has the address {arguments.email}; add one with `leadlight rep add`")
    if len(found) > 1:
        names = ", ".join(f"{deps.store.workspaces.get(rep.workspace).name} ({rep.workspace})" for rep in found)
        raise LeadlightError(f"{arguments.email} is a rep's address in several workspaces; choose one with --workspace: {names}")
    return found[0]
