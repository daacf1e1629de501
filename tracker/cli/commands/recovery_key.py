"""`leadlight recovery-key`: the key that nightly backups are restored with."""

import argparse

from tracker.base.clock import utc_now
from tracker.base.encryption import recovery_key
from tracker.base.errors import LeadlightError
from tracker.base.settings import load
from tracker.cli.data_dir import refuse_foreign_owner
from tracker.cli.output import result, say


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the command."""
    parser = commands.add_parser("recovery-key", parents=[common], help="show the key of nightly backups, once, or make a new one")
    parser.add_argument("--new", action="store_true", help="make a new key, for a lost one; earlier backups still need the former key")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """Prints the key, which is then no longer on this machine."""
    settings = load()
    refuse_foreign_owner(settings.data)
    if arguments.new:
        recovery_key.renew(settings.recovery_key_file, utc_now())
    elif recovery_key.read(settings.recovery_key_file) is None:
        raise LeadlightError("there is no recovery key yet; the first `leadlight up` makes it, or use --new")
    shown = recovery_key.show_once(settings.recovery_key_file)
    if not shown:
        raise LeadlightError("the recovery key was shown before and is not on this machine; if it is lost, make a new one with --new")
    say("Store this key away from this machine. Without it, no nightly backup can be restored. It is not shown again.")
    result({"recovery_key": shown}, shown, as_json=arguments.json)
    return 0
