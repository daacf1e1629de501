"""The entry point of the command `leadlight`."""

import argparse
import os
import sys

import redis
from pymongo.errors import PyMongoError

from tracker.base.errors import LeadlightError
from tracker.cli import doctor, keys, processes, reps, spool, up, workspaces
from tracker.cli.output import say

_INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except LeadlightError as error:
        say(f"leadlight: {error}")
    except PyMongoError as error:
        say(f"leadlight: MongoDB does not answer ({type(error).__name__}). Is Leadlight running? See `leadlight ps`, or MONGO_URL.")
    except redis.RedisError as error:
        say(f"leadlight: Redis does not answer ({type(error).__name__}). Is Leadlight running? See `leadlight ps`, or REDIS_URL.")
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has had enough; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    parser = argparse.ArgumentParser(prog="leadlight", description="See which lead reads your mail or walks through your site, right now.")
    commands = parser.add_subparsers(required=True, metavar="command")
    up.add_parser(commands, common)
    doctor.add_parser(commands, common)
    processes.add_parsers(commands, common)
    workspaces.add_parser(commands, common)
    reps.add_parser(commands, common)
    keys.add_parsers(commands, common)
    spool.add_parser(commands, common)
    return parser


if __name__ == "__main__":
    sys.exit(main())
