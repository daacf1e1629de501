"""`leadlight keys rotate`: a fresh signing key; links signed with the older ones go on working."""

import argparse

from tracker.base.settings import load
from tracker.cli.output import result
from tracker.links.keys import rotate


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    verbs = commands.add_parser("keys", help="the keys that sign links and pixels").add_subparsers(required=True, metavar="verb")
    verbs.add_parser("rotate", parents=[common], help="sign with a fresh key from now on").set_defaults(run=_rotate)


def _rotate(arguments: argparse.Namespace) -> int:
    """Prints how many keys there are now; the edge follows within a second."""
    count = rotate(load().signing_keys_file)
    result({"keys": count}, str(count), as_json=arguments.json)
    return 0
