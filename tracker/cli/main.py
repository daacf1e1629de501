"""The entry point of the command `leadlight`."""

import argparse
import importlib
import importlib.metadata
import os
import sys

from tracker.base.errors import LeadlightError
from tracker.base.private_files import set_private_umask
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
    "import": "import_leads",
    "keys": "keys",
    "reclassify": "recompute",
    "rescore": "recompute",
    "rebuild-reports": "rebuild_reports",
    "spool": "spool",
    "backup": "backup",
    "restore": "backup",
    "recovery-key": "recovery_key",
    "upgrade": "backup",
    "shards": "cluster.shards",
    "move": "cluster.move",
}
"""The module of each command. Only the requested one is imported: `ps` has to start fast and needs no database driver."""


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    set_private_umask()
    args = sys.argv[1:] if argv is None else argv
    arguments = _parser(args[0] if args else "").parse_args(args)
    try:
        code = int(arguments.run(arguments))
        print(end="", flush=True)  # a write error occurs here, where it can still be reported
    except LeadlightError as error:
        say(f"leadlight: {error}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        pass  # the reader has closed the pipe
    except OSError as error:
        say(f"leadlight: {_message(error)}")
    else:
        return code
    _flush_stdout()
    return 1


def _message(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    file = error.filename or ("" if _flush_stdout() else "stdout")
    return f"{file}: {reason}" if file else reason


def _flush_stdout() -> bool:
    """Flushes stdout and returns whether it worked. Otherwise discards the output, so that Python does not report it again at exit."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _version() -> str:
    try:
        return importlib.metadata.version("leadlight")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _parser(command: str) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    parser = argparse.ArgumentParser(prog="leadlight", description="Track emails and web visits of leads in real time.")
    parser.add_argument("--version", action="version", version=f"leadlight {_version()}")
    commands = parser.add_subparsers(required=True, metavar="command")
    wanted = [_MODULES[command]] if command in _MODULES else list(dict.fromkeys(_MODULES.values()))
    for name in wanted:
        importlib.import_module(f"tracker.cli.commands.{name}").add_parsers(commands, common)
    return parser


if __name__ == "__main__":
    sys.exit(main())
