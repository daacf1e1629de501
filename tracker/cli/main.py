"""The entry point of the command `leadlight`."""

import argparse
import importlib
import os
import sys

from tracker.base.errors import LeadlightError
from tracker.cli.output import say

_INTERRUPTED = 130
_MODULES = {
    "up": "up",
    "doctor": "doctor",
    "demo": "demo",
    "ps": "processes",
    "pause": "processes",
    "resume": "processes",
    "reload": "processes",
    "workspace": "workspaces",
    "rep": "reps",
    "key": "keys",
    "keys": "keys",
    "reclassify": "recount",
    "rescore": "recount",
    "spool": "spool",
    "backup": "backup",
    "restore": "backup",
    "upgrade": "backup",
}
"""Where each command stands. Only what is asked for is loaded: `ps` is used in a hurry and needs no database driver."""


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    words = sys.argv[1:] if argv is None else argv
    arguments = _parser(words[0] if words else "").parse_args(words)
    try:
        return int(arguments.run(arguments))
    except LeadlightError as error:
        say(f"leadlight: {error}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has had enough; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _parser(command: str) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    parser = argparse.ArgumentParser(prog="leadlight", description="See which lead reads your mail or walks through your site, right now.")
    commands = parser.add_subparsers(required=True, metavar="command")
    wanted = [_MODULES[command]] if command in _MODULES else list(dict.fromkeys(_MODULES.values()))
    for name in wanted:
        importlib.import_module(f"tracker.cli.{name}").add_parsers(commands, common)
    return parser


if __name__ == "__main__":
    sys.exit(main())
