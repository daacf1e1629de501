"""The entry point of the command `leadlight`."""

import argparse
import importlib
import os
import sys

from tracker.base.errors import LeadlightError
from tracker.base.private_files import keep_private
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
    "reclassify": "recompute",
    "rescore": "recompute",
    "spool": "spool",
    "backup": "backup",
    "restore": "backup",
    "upgrade": "backup",
}
"""Where each command stands. Only what is asked for is loaded: `ps` is used in a hurry and needs no database driver."""


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    keep_private()
    words = sys.argv[1:] if argv is None else argv
    arguments = _parser(words[0] if words else "").parse_args(words)
    try:
        code = int(arguments.run(arguments))
        print(end="", flush=True)  # what cannot be written is learnt here, while it can still be told
    except LeadlightError as error:
        say(f"leadlight: {error}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        pass  # whoever read us has had enough
    except OSError as error:
        say(f"leadlight: {_in_words(error)}")
    else:
        return code
    _is_printed()
    return 1


def _in_words(error: OSError) -> str:
    why = error.strerror or type(error).__name__
    place = error.filename or ("" if _is_printed() else "stdout")
    return f"{place}: {why}" if place else why


def _is_printed() -> bool:
    """Whether all that was printed could be written. What could not is dropped: Python would complain of it once more at its end."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _parser(command: str) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    parser = argparse.ArgumentParser(prog="leadlight", description="See which lead reads your mail or walks through your site, right now.")
    commands = parser.add_subparsers(required=True, metavar="command")
    wanted = [_MODULES[command]] if command in _MODULES else list(dict.fromkeys(_MODULES.values()))
    for name in wanted:
        importlib.import_module(f"tracker.cli.commands.{name}").add_parsers(commands, common)
    return parser


if __name__ == "__main__":
    sys.exit(main())
