"""`leadlight backup`, `restore` and `upgrade`."""

import argparse
import getpass
import os
import sys
from dataclasses import asdict
from pathlib import Path

import pymongo

from tracker.actions.deps import Deps
from tracker.actions.ops import audit
from tracker.actions.ops.backup import backup, resolve_target
from tracker.actions.ops.lost_secrets import lost_secrets
from tracker.actions.ops.nightly_backup import back_up
from tracker.actions.ops.restore import restore
from tracker.actions.ops.unfinished_restore import marker_path, refuse_unfinished_restore
from tracker.actions.privacy.erase import keep_tombstones
from tracker.base.clock import utc_now
from tracker.base.encryption import recovery_key
from tracker.base.encryption.encrypted_stream import needed_key
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings, load
from tracker.cli.connect import connected
from tracker.cli.data_dir import refuse_foreign_owner
from tracker.cli.output import result, say, say_lost_secrets
from tracker.cli.servers import is_running, running_database
from tracker.domain.ops.audit import OPERATOR, AuditAction
from tracker.store import schema
from tracker.store.address_keys import equal_addresses
from tracker.store.minor_units_upgrade import MINOR_UNITS, amounts_to_convert

_MIN_LENGTH = 8
_VARIABLE = "LEADLIGHT_PASSPHRASE"
_LOOK_SECONDS = 600.0
"""For reading every lead and sale, for which there is no index."""


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the commands."""
    parser = commands.add_parser("backup", parents=[common], help="write all data to one encrypted file; also while Leadlight runs")
    parser.add_argument("file", type=Path, nargs="?", help="the backup file; default: one more nightly backup in BACKUP_DIR")
    _add_secret(parser, f"file with a passphrase in its first line; default: {_VARIABLE}, else the recovery key")
    parser.set_defaults(run=_backup)
    parser = commands.add_parser("restore", parents=[common], help="restore a backup into an empty DATA folder and database")
    parser.add_argument("file", type=Path, help="the backup file")
    _add_secret(parser, f"file with passphrase or recovery key in its first line; default: {_VARIABLE}, else a prompt")
    parser.set_defaults(run=_restore)
    parser.add_argument("--force", action="store_true", help="replace existing data")
    parser.add_argument("--erased", type=Path, metavar="FILE", help="a copy of DATA/erased: leads that must not come back")
    parser = commands.add_parser("upgrade", parents=[common], help="migrate the database to this version; `up` does this too")
    parser.set_defaults(run=_upgrade)


def _add_secret(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help=text)


def _backup(arguments: argparse.Namespace) -> int:
    """Prints the number of records by collection; without a file, the nightly backup that was made."""
    settings = load()
    refuse_unfinished_restore(settings)
    if arguments.file is None:
        return _nightly(settings, arguments)
    resolve_target(arguments.file)
    given = read_secret(arguments.passphrase_file)
    if given is not None and len(given) < _MIN_LENGTH:
        raise LeadlightError(f"the passphrase must have at least {_MIN_LENGTH} characters")
    with running_database(settings):
        secret = given if given is not None else recovery_key.ensure(settings.recovery_key_file, utc_now()).public
        counts = backup(settings, arguments.file, secret, utc_now())
        with connected() as deps:
            audit.record_for_all(deps, AuditAction.EXPORTED, "backup of all data")
    size = arguments.file.stat().st_size
    needed = "the recovery key" if given is None else "its passphrase"
    say(f"{arguments.file}: {size / 2**20:.1f} MB. It can only be restored with {needed}; store the two in different places.")
    _say_unseen(settings, is_needed=given is None)
    result({"file": str(arguments.file), "bytes": size, "counts": counts}, _listed(counts), as_json=arguments.json)
    return 0


def _nightly(settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.passphrase_file:
        raise LeadlightError("a nightly backup is encrypted with the recovery key; for a passphrase, name a file")
    with running_database(settings), connected() as deps:
        made = back_up(deps, utc_now())
    say(f"{made.file}: {made.size / 2**20:.1f} MB. It can only be restored with the recovery key.")
    _say_unseen(settings, is_needed=True)
    result({"file": made.file, "bytes": made.size}, made.file, as_json=arguments.json)
    return 0


def _say_unseen(settings: Settings, *, is_needed: bool) -> None:
    key = recovery_key.read(settings.recovery_key_file)
    if is_needed and key and key.unseen:
        say("The recovery key has not been stored yet: show it with `leadlight recovery-key`, or in the console's set-up.")


def _restore(arguments: argparse.Namespace) -> int:
    """Prints the number of restored records by collection."""
    settings = load()
    refuse_foreign_owner(settings.data)
    secret = _secret_for(settings, arguments)
    if is_running(settings):
        raise LeadlightError("Leadlight is running with this DATA folder; stop it first")
    try:
        with running_database(settings):
            counts = restore(settings, arguments.file, secret, force=arguments.force, say=say, erased=arguments.erased)
            with connected() as deps:
                schema.upgrade(deps.store, utc_now())
                if erased := keep_tombstones(deps, OPERATOR):
                    say(f"Leads erased since the backup: {erased}")
                audit.record_for_all(deps, AuditAction.RESTORED, "backup")
                lost = lost_secrets(deps)
    except KeyboardInterrupt:
        if marker_path(settings).exists():
            say("The restore was interrupted; Leadlight does not start until it is repeated")
        raise
    say(
        f"Start with `leadlight up`. The settings of the backup are in {settings.data / 'restored-settings.json'}; EDGE_URL must not change."
    )
    say_lost_secrets(lost)
    result({"counts": counts, "type_again": lost}, _listed(counts), as_json=arguments.json)
    return 0


def _upgrade(arguments: argparse.Namespace) -> int:
    """Prints the migration steps."""
    settings = load()
    refuse_unfinished_restore(settings)
    with running_database(settings), connected() as deps:
        _warn_of_other_version(deps)
        done, known, lost = schema.upgrade(deps.store, utc_now()), schema.version(deps.store), lost_secrets(deps)
        equal = equal_addresses(deps.store)
        if done:
            audit.record_for_all(deps, AuditAction.DATABASE_UPGRADED, layout=str(known))
    say(f"The database has layout {known}" + ("" if done else "; nothing to do"))
    say_lost_secrets(lost)
    for pair in equal:
        say(
            f"Kept: {pair.kind}s {pair.record} and {pair.other} of workspace {pair.workspace} have equal email addresses; change or delete one"
        )
    result({"layout": known, "done": done, "equal_addresses": [asdict(pair) for pair in equal]}, "\n".join(done), as_json=arguments.json)
    return 0


def _warn_of_other_version(deps: Deps) -> None:
    """Says so before amounts are converted that a process of the former version would read and write as before."""
    if schema.version(deps.store) >= MINOR_UNITS:
        return
    with pymongo.timeout(_LOOK_SECONDS):
        currencies = amounts_to_convert(deps.store)
    if currencies:
        say(
            f"Amounts in {', '.join(currencies)} are stored in the minor units of their currency from now on. A console, worker or mailbox of the former"
            " version that still runs shows and stores them wrongly: stop all of them first. See docs/operations/rolling-upgrade.md."
        )


def _secret_for(settings: Settings, arguments: argparse.Namespace) -> str:
    """What the backup is decrypted with: a passphrase or the recovery key, which this machine may still have. Raises LeadlightError."""
    try:
        with arguments.file.open("rb") as file:
            public = needed_key(file)
    except OSError as error:
        raise LeadlightError(f"{arguments.file} cannot be read ({error.strerror})") from error
    own = recovery_key.read(settings.recovery_key_file) if public else None
    if own and own.unseen and own.public == public:
        return own.unseen
    what = "recovery key" if public else "passphrase"
    if (found := read_secret(arguments.passphrase_file)) is not None:
        return found
    if sys.stdin.isatty():
        return getpass.getpass(f"{what.capitalize()}: ")
    raise LeadlightError(f"the {what} of this backup is required: --passphrase-file FILE, or {_VARIABLE} in the environment")


def read_secret(file: Path | None) -> str | None:
    """The passphrase or recovery key from the file's first line, else from the environment; None without either. Raises LeadlightError."""
    if file is None:
        return os.environ.get(_VARIABLE)
    try:
        return str(file.read_text("utf-8").partition("\n")[0])
    except OSError as error:
        raise LeadlightError(f"{file} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise LeadlightError(f"{file} is not a text file; its first line must be the passphrase or recovery key") from error


def _listed(counts: dict[str, int]) -> str:
    return "\n".join(f"{name}  {count}" for name, count in counts.items())
