"""`leadlight rep add`: a colleague, and the link with which they sign in the first time."""

import argparse

from tracker.actions.reps import add_rep, sign_in_link
from tracker.cli.output import result, say
from tracker.cli.reach import reached
from tracker.cli.workspaces import add_option, chosen
from tracker.domain.reps import Role


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    verbs = commands.add_parser("rep", help="the people who sign in").add_subparsers(required=True, metavar="verb")
    parser = verbs.add_parser("add", parents=[common], help="a new rep; prints the link that signs them in once")
    parser.add_argument("email")
    parser.add_argument("--name", help="default: what stands before the @")
    parser.add_argument("--role", choices=[role.value for role in Role], default=Role.REP.value)
    parser.add_argument("--timezone", help="default: the workspace's")
    add_option(parser)
    parser.set_defaults(run=_add)


def _add(arguments: argparse.Namespace) -> int:
    """Prints the invitation link."""
    name, role = arguments.name or arguments.email.partition("@")[0], Role(arguments.role)
    with reached() as deps:
        workspace = chosen(deps, arguments)
        rep = add_rep(deps, workspace.id, email=arguments.email, name=name, role=role, timezone=arguments.timezone)
        link = sign_in_link(deps, rep, is_invitation=True)
    say(f"{rep.name} works in {workspace.name} now. The link signs them in once, within three days:")
    result({"id": rep.id, "email": rep.email, "name": rep.name, "role": rep.role.value, "sign_in": link}, link, as_json=arguments.json)
    return 0
